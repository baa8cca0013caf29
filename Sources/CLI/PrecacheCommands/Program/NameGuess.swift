import PrecacheClient
import TextForms

/// Finds the host, aggregate, image, policy or webhook that someone probably meant.
enum NameGuess {
    /// The error with a name that is there as its hint, where one of the command line's isn't and is near it.
    static func hinted(
        _ error: ClientError,
        _ arguments: [String],
        _ client: ServiceClient
    ) async -> ClientError {
        let words = arguments.filter { !$0.hasPrefix("-") && isNamed($0, in: error) }
        guard !words.isEmpty else { return error }
        let known = try? await names(for: error.code, client)
        guard let names = known else { return error }
        var error = error
        error.hint = words.lazy.compactMap { hint($0, among: names) }.first ?? error.hint
        return error
    }

    /// `Did you mean 'web'?`, where a name is near.
    static func hint(_ word: String, among names: [String]) -> String? {
        guard !names.contains(word), let meant = NearestName.find(word, in: names) else { return nil }
        return "Did you mean '\(meant)'?"
    }

    private static func isNamed(_ word: String, in error: ClientError) -> Bool {
        ([error.message] + error.fields.map(\.message)).contains { $0.contains("'\(word)'") }
    }

    /// A page of what there is of the kind that an error's code speaks of; nil for other codes.
    private static func names(
        for code: String?,
        _ client: ServiceClient
    ) async throws(ClientError) -> [String]? {
        let kinds: [String: NameCompletion] = [
            "aggregate_not_found": .aggregate, "host_not_found": .host, "webhook_not_found": .webhook,
            "policy_not_found": .policy, "image_not_found": .image, "unknown_images": .image,
        ]
        return try await code.flatMap { kinds[$0] }?.names(client, all: false)
    }
}
