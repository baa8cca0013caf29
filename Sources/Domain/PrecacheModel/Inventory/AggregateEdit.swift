/// A change of an aggregate's entry, as Nova's API asks for it.
package struct AggregateEdit: Hashable, Sendable {
    /// What becomes of the availability zone.
    package enum Zone: Hashable, Sendable {
        /// It stays.
        case keep
        /// It becomes this one.
        case set(String)
        /// It was given as null or as an empty text: refused, as Nova does.
        case empty
    }

    /// The new name; nil keeps the old one.
    package var name: AggregateName?
    /// The zone.
    package var zone: Zone
    /// Metadata to set, or with nil to remove; keys that aren't named stay.
    package var metadata: [String: String?]

    package init(name: AggregateName? = nil, zone: Zone = .keep, metadata: [String: String?] = [:]) {
        self.name = name
        self.zone = zone
        self.metadata = metadata
    }
}
