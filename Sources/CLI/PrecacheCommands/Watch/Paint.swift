/// Colours of a terminal (ECMA-48, SGR), or none.
package struct Paint: Sendable, Hashable {
    /// The colours in use.
    package enum Color: Int, Sendable {
        /// For what isn't good.
        case red = 31
        /// For what is good.
        case green = 32
        /// For what needs patience.
        case yellow = 33
    }

    private let isOn: Bool

    /// A paint that colours, or one that leaves all as it is.
    package init(isOn: Bool) { self.isOn = isOn }

    /// The text in a colour.
    package func callAsFunction(_ text: String, _ color: Color) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
