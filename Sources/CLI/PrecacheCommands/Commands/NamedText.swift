/// A text under a name: a label, or an aggregate's metadata.
struct NamedText: Sendable, Hashable {
    let name: String
    let value: String

    /// What was there with `changes` made; an empty value takes its name away.
    static func merge(_ texts: [String: String]?, _ changes: [NamedText]) -> [String: String]? {
        guard !changes.isEmpty else { return texts }
        var merged = texts ?? [:]
        for change in changes { merged[change.name] = change.value.isEmpty ? nil : change.value }
        return merged
    }
}
