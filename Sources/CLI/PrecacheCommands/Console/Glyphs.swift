/// The characters that pictures are made of.
package struct Glyphs: Sendable, Hashable {
    /// The done part of a bar.
    package let full: String
    /// The part of a bar to come.
    package let empty: String
    /// What shows that a text was cut.
    package let cut: String
    /// What begins the line of a failure.
    package let failure: String

    /// For terminals that show more than ASCII.
    package static let unicode = Glyphs(full: "█", empty: "░", cut: "…", failure: "✗")
    /// For all others.
    package static let ascii = Glyphs(full: "#", empty: ".", cut: "...", failure: "x")
}
