extension DocumentNode {
    /// A member of a mapping; nil without one, and for anything else.
    subscript(key: String) -> DocumentNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The mapping with another value for a member that it has.
    func with(_ key: String, _ value: Content) -> DocumentNode {
        guard case .mapping(let entries) = content else { return self }
        let changed = entries.map { entry in
            guard entry.key == key else { return entry }
            return Entry(
                key: key,
                position: entry.position,
                value: DocumentNode(value, at: entry.position)
            )
        }
        return DocumentNode(.mapping(changed), at: position)
    }
}
