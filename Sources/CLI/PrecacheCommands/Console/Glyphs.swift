/// The characters that pictures are made of.
public struct Glyphs: Sendable, Hashable {
    /// The done part of a bar.
    public let full: String
    /// The part of a bar to come.
    public let empty: String
    /// What shows that a text was cut.
    public let cut: String
    /// What begins the line of a failure.
    public let failure: String

    /// For terminals that show more than ASCII.
    public static let unicode = Glyphs(full: "█", empty: "░", cut: "…", failure: "✗")
    /// For all others.
    public static let ascii = Glyphs(full: "#", empty: ".", cut: "...", failure: "x")
}
