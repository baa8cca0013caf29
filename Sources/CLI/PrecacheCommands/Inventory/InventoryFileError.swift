/// An inventory file that can't be used: everything that is wrong with it.
package struct InventoryFileError: Error, Sendable, Hashable {
    /// The file.
    package let file: String
    /// What is wrong, in the order of the file; never empty.
    package let problems: [DocumentProblem]

    /// The most problems that are written out.
    package static let mostShown = 20

    /// A line for each problem, as editors jump from.
    package var lines: [String] {
        let shown = problems.prefix(Self.mostShown).map { $0.line(file: file) }
        guard problems.count > Self.mostShown else { return shown }
        return shown + ["… and \(problems.count - Self.mostShown) more"]
    }
}
