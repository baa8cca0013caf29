/// A secret text that does not show itself: printed, interpolated, dumped or mirrored, it reads `<secret>`.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The secret itself, for the one place that needs it.
    package let text: String

    /// Wraps a text.
    package init(_ text: String) {
        self.text = text
    }

    /// Always `<secret>`.
    package var description: String { "<secret>" }

    /// Always `<secret>`.
    package var debugDescription: String { "<secret>" }

    /// A mirror without children.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
