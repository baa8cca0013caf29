import ArgumentParser
import PrecacheClient
import PrecacheModel

/// What a shell offers where a name is wanted: what the service has now.
///
/// Nothing is offered, and nothing said, where that isn't known within a second.
enum NameCompletion: Sendable {
    case host
    case aggregate
    case image
    case job
    case webhook

    /// What completions of a run of the program go by; the run sets it.
    @TaskLocal static var run: Run?

    /// A class: optimized by Swift 6.3, a closure in a task-local crashes the program.
    final class Run: Sendable {
        /// How the service is reached.
        let reach: @Sendable (ClientOptions) throws -> ServiceConnection
        let environment: [String: String]

        init(
            environment: [String: String],
            reach: @escaping @Sendable (ClientOptions) throws -> ServiceConnection
        ) {
            self.environment = environment
            self.reach = reach
        }
    }

    /// For an argument or an option.
    var kind: CompletionKind {
        .custom { words, _, prefix async in await names(words).filter { $0.hasPrefix(prefix) } }
    }

    /// Options of the command line that say how to reach the service.
    private static let options = [
        "--url", "--service-url", "--context", "--token-file", "--ca-file", "--certificate", "--key",
    ]

    private func names(_ words: [String]) async -> [String] {
        var given: [String] = []
        for (index, word) in words.enumerated() where Self.options.contains(String(word.prefix { $0 != "=" }))
        {
            given.append(word)
            if !word.contains("="), index + 1 < words.count { given.append(words[index + 1]) }
        }
        guard let options = try? ClientOptions.parse(given), let connection = try? Self.run?.reach(options) else {
            return []
        }
        let client = ServiceClient(transport: connection.transport)
        let names = await withTaskGroup(of: [String].self) { group in
            group.addTask { (try? await ask(client)) ?? [] }
            group.addTask {
                try? await ContinuousClock().sleep(for: .seconds(1))
                return []
            }
            let first = await group.next() ?? []
            group.cancelAll()
            return first
        }
        await connection.end()
        return names
    }

    private func ask(_ client: ServiceClient) async throws(ClientError) -> [String] {
        switch self {
        case .host:
            return try await client.all { after throws(ClientError) in try await client.hosts(after: after) }
                .map(\.name)
        case .aggregate:
            return try await client.all { after throws(ClientError) in
                try await client.aggregates(after: after)
            }
            .map(\.name)
        case .image:
            return try await client.all { after throws(ClientError) in try await client.images(after: after) }
                .flatMap { [$0.id, $0.name].compactMap { $0 } }
        case .job:
            let jobs = try await client.jobs(limit: 50).value.items
            return [JobLookup.latest] + jobs.map { JobLookup.short($0.id) }
        case .webhook:
            return try await client.all { after throws(ClientError) in try await client.webhooks(after: after)
            }
            .map(\.name)
        }
    }
}

extension CompletionKind {
    /// The contexts that are kept.
    static let contexts = CompletionKind.custom { (_: [String], _: Int, prefix: String) -> [String] in
        let file = try? ContextFile.read(NameCompletion.run?.environment ?? [:])
        return file?.contexts.map(\.name).filter { $0.hasPrefix(prefix) } ?? []
    }

    /// The words of a closed list.
    static func words<Word: RawRepresentable & CaseIterable>(_: Word.Type) -> CompletionKind
    where Word.RawValue == String {
        .list(Word.allCases.map(\.rawValue))
    }
}
