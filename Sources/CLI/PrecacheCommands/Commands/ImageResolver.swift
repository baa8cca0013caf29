import PrecacheClient
import PrecacheModel
import TextForms

/// Makes image ids of what people write: an id stays, a name becomes the id of the image that has it.
struct ImageResolver {
    let client: ServiceClient

    /// The ids, in the order given.
    ///
    /// A UUID is taken as it is: it may be an image that isn't in the catalogue.
    ///
    /// - Parameters:
    ///   - texts: What people wrote.
    ///   - orNames: Whether a name that the catalogue doesn't have is left as it is: Glance may have it.
    /// - Returns: The ids.
    /// - Throws: ``ClientError`` where a name belongs to several images or to none.
    func ids(of texts: [String], orNames: Bool = false) async throws(ClientError) -> [String] {
        try Self.resolve(texts, among: try await catalogue(for: texts), orNames: orNames)
    }

    /// The same, with a warning for each id that may be a slip: it is no UUID, and the catalogue doesn't have it.
    func doubtedIDs(of texts: [String]) async throws(ClientError) -> [(id: String, doubt: String?)] {
        let catalogue = try await catalogue(for: texts)
        let known = Set(catalogue.map(\.id))
        return try Self.resolve(texts, among: catalogue).map { id in
            guard !UUIDText.isValid(id), !known.contains(id) else { return (id, nil) }
            let guess = NameGuess.hint(id, among: Array(known)).map { " \($0)" } ?? ""
            return (id, "Warning: the catalogue has no image '\(TerminalText.escaped(id))'.\(guess)")
        }
    }

    /// What there is; nothing is asked where it isn't needed.
    private func catalogue(for texts: [String]) async throws(ClientError) -> [ImageView] {
        guard texts.contains(where: { !UUIDText.isValid($0) }) else { return [] }
        return try await client.all { after throws(ClientError) in try await client.images(after: after) }
    }

    /// The same against a catalogue that is known.
    static func resolve(
        _ texts: [String],
        among catalogue: [ImageView],
        orNames: Bool = false
    ) throws(ClientError) -> [String] {
        let known = Set(catalogue.map(\.id))
        var ids: [String] = []
        for text in texts {
            guard !text.isEmpty else {
                throw ClientError(
                    .refused,
                    "an image's id or name is empty",
                    hint: "Is a variable of the shell not set?"
                )
            }
            if UUIDText.isValid(text) || known.contains(text) {
                ids.append(text)
                continue
            }
            let matches = catalogue.filter { ByteOrder.equal($0.name ?? "", text) }.map(\.id).sorted()
            guard matches.count <= 1 else {
                throw ClientError(
                    .refused,
                    "\(matches.count) images are called '\(text)'",
                    fields: matches.map { .init(field: "id", message: $0) },
                    hint: "Say which one by its id."
                )
            }
            if let match = matches.first {
                ids.append(match)
            } else if let key = try? ImageKey(text), orNames || key.id != nil {
                // Perhaps one that a source other than the catalogue knows: the service decides.
                ids.append(text)
            } else {
                throw ClientError(
                    .notFound,
                    "no image has the id or the name '\(text)'",
                    hint: NameGuess.hint(text, among: catalogue.flatMap { [$0.id, $0.name ?? ""] })
                        ?? "See what there is with: precache image list"
                )
            }
        }
        return ids
    }
}
