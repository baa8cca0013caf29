package import PrecacheModel

/// Knows images: the catalogue and, behind it, Glance.
package protocol ImageLookup: Sendable {
    /// What an image is, or why it can't be had.
    ///
    /// Throws ``ImageServiceError`` if that can't be found out now.
    func image(_ id: ImageID) async throws(ImageServiceError) -> ImageAnswer
}
