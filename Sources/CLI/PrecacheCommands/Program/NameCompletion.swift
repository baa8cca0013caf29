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
    case policy

    /// What completions of a run of the program go by; the run sets it.
    @TaskLocal static var run: Run?

    /// A class: optimized by Swift 6.3, a closure in a task-local crashes the program.
    final class Run: Sendable {
        /// How the service is reached.
        let reach: @Sendable (any ClientOptionSet) throws -> ServiceConnection
        let environment: [String: String]

        init(
            environment: [String: String],
            reach: @escaping @Sendable (any ClientOptionSet) throws -> ServiceConnection
        ) {
            self.environment = environment
            self.reach = reach
        }
    }

    /// For an argument or an option.
    var kind: CompletionKind {
        .custom { words, _, prefix async in Self.offered(await names(words), prefix) }
    }

    /// The names that begin so, without those that a shell takes for more than a word: bash expands what it is offered
    /// (`compgen -W`), so that `$(…)` would run, and what begins with `-` would be an option.
    static func offered(_ names: [String], _ prefix: String) -> [String] {
        names.filter { name in
            guard let first = name.utf8.first, !"-~".utf8.contains(first) else { return false }
            return name.hasPrefix(prefix) && name.utf8.allSatisfy(plain.contains)
        }
    }

    private static let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@+~/-".utf8
    )

    /// Options, beside the address, that say how to reach the service.
    private static let options = ["--context", "--token-file", "--ca-file", "--certificate", "--key"]

    /// How the command that is being written reaches the service.
    private static func client(_ words: [String]) throws -> any ClientOptionSet {
        var command: any ParsableCommand.Type = PrecacheCommand.self
        for word in words.dropFirst() where !word.hasPrefix("-") {
            guard let next = command.subcommand(word) else { break }
            command = next
        }
        let client = (command as? any ServiceCommand.Type)?.clientType ?? ClientOptions.self
        let names = client.addressNames + options
        var given: [String] = []
        for (index, word) in words.enumerated() where names.contains(String(word.prefix { $0 != "=" })) {
            given.append(word)
            if !word.contains("="), index + 1 < words.count { given.append(words[index + 1]) }
        }
        return try client.parse(given)
    }

    private func names(_ words: [String]) async -> [String] {
        guard let options = try? Self.client(words), let connection = try? Self.run?.reach(options) else {
            return []
        }
        let client = ServiceClient(transport: connection.transport)
        let names = await withTaskGroup(of: [String].self) { group in
            group.addTask { (try? await self.names(client, all: true)) ?? [] }
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

    /// The names that the service has of the kind: all, or a page of them where that will do.
    func names(_ client: ServiceClient, all: Bool) async throws(ClientError) -> [String] {
        switch self {
        case .host:
            return try await items(client, all) { after throws(ClientError) in
                try await client.hosts(after: after)
            }.map(\.name)
        case .aggregate:
            return try await items(client, all) { after throws(ClientError) in
                try await client.aggregates(after: after)
            }.map(\.name)
        case .image:
            return try await items(client, all) { after throws(ClientError) in
                try await client.images(after: after)
            }.flatMap { [$0.id, $0.name].compactMap { $0 } }
        case .job:
            let jobs = try await client.jobs(limit: 50).value.items
            return [JobLookup.latest] + jobs.map { JobLookup.short($0.id) }
        case .webhook:
            return try await items(client, all) { after throws(ClientError) in
                try await client.webhooks(after: after)
            }.map(\.name)
        case .policy:
            return try await items(client, all) { after throws(ClientError) in
                try await client.policies(after: after)
            }.map(\.name)
        }
    }

    private func items<Item: ServiceItem>(
        _ client: ServiceClient,
        _ all: Bool,
        _ part: (String?) async throws(ClientError) -> Reply<Listing<Item>>
    ) async throws(ClientError) -> [Item] {
        all ? try await client.all(part) : try await part(nil).value.items
    }
}

extension CompletionKind {
    /// The contexts that are kept.
    static let contexts = CompletionKind.custom { (_: [String], _: Int, prefix: String) -> [String] in
        let file = try? ContextFile.read(NameCompletion.run?.environment ?? [:])
        return NameCompletion.offered(file?.contexts.map(\.name) ?? [], prefix)
    }

    /// The words of a closed list.
    static func words<Word: RawRepresentable & CaseIterable>(_: Word.Type) -> CompletionKind
    where Word.RawValue == String {
        .list(Word.allCases.map(\.rawValue))
    }
}

extension ParsableCommand {
    /// The command of this name right below it.
    static func subcommand(_ name: String) -> (any ParsableCommand.Type)? {
        configuration.subcommands.first { $0.configuration.commandName == name }
    }
}

extension ServiceCommand {
    fileprivate static var clientType: any ClientOptionSet.Type { Client.self }
}
