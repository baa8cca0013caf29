public import ImageCache
public import PrecacheModel

/// One image of a task: what its bytes must be, and where they are.
public struct WantedImage: Sendable {
    /// What the cached file has to be.
    public var expected: ExpectedImage
    /// The name that people gave it, if any.
    public var name: String?
    /// Where the bytes are, best first.
    public var sources: [PullSource]

    /// Puts a wish together.
    public init(expected: ExpectedImage, name: String? = nil, sources: [PullSource]) {
        self.expected = expected
        self.name = name
        self.sources = sources
    }

    /// The image's id.
    public var id: ImageID { expected.id }
}
