/// An image of the catalogue: one that isn't in Glance.
public struct CatalogueImage: Hashable, Sendable {
    /// What is known of it.
    public var reference: ImageReference
    /// When it was added.
    public var createdAt: Timestamp
    /// When its entry last changed.
    public var updatedAt: Timestamp

    /// Puts an image together.
    public init(reference: ImageReference, createdAt: Timestamp, updatedAt: Timestamp) {
        self.reference = reference
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The identifier.
    public var id: ImageID { reference.id }
}
