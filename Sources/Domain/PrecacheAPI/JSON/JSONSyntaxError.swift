/// Why some bytes are not JSON that we take.
public struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let message: String
    /// Where, in bytes from the start.
    public let offset: Int

    /// Puts an error together.
    public init(_ message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The error as text for people.
    public var description: String { "\(message) (at byte \(offset))" }
}
