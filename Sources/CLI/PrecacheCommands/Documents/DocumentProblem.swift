/// Something wrong at a place of a document.
package struct DocumentProblem: Error, Sendable, Hashable {
    /// Where.
    package let position: DocumentPosition
    /// What, in one sentence without a full stop.
    package let message: String

    /// A problem.
    package init(_ position: DocumentPosition, _ message: String) {
        self.position = position
        self.message = message
    }

    /// `FILE:LINE:COLUMN: message`, the form that editors jump from.
    package func line(file: String) -> String {
        "\(file):\(position.line):\(position.column): \(message)"
    }
}
