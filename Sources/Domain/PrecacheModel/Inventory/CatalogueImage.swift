/// An image of the catalogue: one that isn't in Glance.
package struct CatalogueImage: Hashable, Sendable {
    /// What is known of it.
    package var reference: ImageReference
    /// When it was added.
    package var createdAt: Timestamp
    /// When its entry last changed.
    package var updatedAt: Timestamp

    package init(reference: ImageReference, createdAt: Timestamp, updatedAt: Timestamp) {
        self.reference = reference
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The identifier.
    package var id: ImageID { reference.id }
}
