package import ImageCache
package import PrecacheModel

/// One image of a task: what its bytes must be, and where they are.
package struct WantedImage: Sendable {
    /// What the cached file has to be.
    package var expected: ExpectedImage
    /// The name that people gave it, if any.
    package var name: String?
    /// Where the bytes are, best first.
    package var sources: [PullSource]

    package init(expected: ExpectedImage, name: String? = nil, sources: [PullSource]) {
        self.expected = expected
        self.name = name
        self.sources = sources
    }

    /// The image's id.
    package var id: ImageID { expected.id }
}
