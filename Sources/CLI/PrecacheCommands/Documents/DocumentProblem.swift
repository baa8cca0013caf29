/// Something wrong at a place of a document.
public struct DocumentProblem: Error, Sendable, Hashable {
    /// Where.
    public let position: DocumentPosition
    /// What, in one sentence without a full stop.
    public let message: String

    /// A problem.
    public init(_ position: DocumentPosition, _ message: String) {
        self.position = position
        self.message = message
    }

    /// `FILE:LINE:COLUMN: message`, the form that editors jump from.
    public func line(file: String) -> String {
        "\(file):\(position.line):\(position.column): \(message)"
    }
}
