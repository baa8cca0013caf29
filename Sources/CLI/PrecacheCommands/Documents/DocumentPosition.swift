/// A place in a document, counted from 1.
package struct DocumentPosition: Sendable, Hashable, Comparable {
    /// The line.
    package let line: Int
    /// The column, in characters.
    package let column: Int

    /// A place.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Orders by place in the document.
    package static func < (left: DocumentPosition, right: DocumentPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
