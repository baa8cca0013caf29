/// Why some bytes are not JSON that we take.
package struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let message: String
    /// Where, in bytes from the start.
    package let offset: Int

    package init(_ message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The error as text for people.
    package var description: String { "\(message) (at byte \(offset))" }
}
