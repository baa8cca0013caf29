import ArgumentParser
import PrecacheClient

/// `precache host cache HOST`.
struct HostCacheCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "Show what a host has cached, who uses it, what may go, and what went lately.",
        discussion: "The service asks the host's agent, which looks for itself: nothing here is remembered."
    )

    @Argument(help: "The host's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let first = try await context.client.hostCache(name)
        var (files, bodies) = (first.value.files, [first.body])
        var next = first.value.next
        while let after = next {
            let page = try await context.client.hostCache(name, after: after)
            files += page.value.files
            bodies.append(page.body)
            // A cursor that doesn't move would never end.
            next = page.value.next == after || page.value.files.isEmpty ? nil : page.value.next
        }
        if context.format == .json {
            try context.console.print([JSONPrinter.pretty(try whole(bodies, context))])
        } else {
            try show(first.value, files, context)
        }
        return .succeeded
    }

    private func show(
        _ cache: HostCacheView,
        _ files: [HostCacheView.File],
        _ context: CommandContext
    ) throws {
        var table = TextTable([
            .text("IMAGE"), .number("ON DISK"), .text("LAST USED"), .text("STAYS"), .text("FILE"),
        ])
        for file in files {
            table.add([
                file.imageID ?? file.kind.map { "(\($0))" }, file.diskBytes.map(Quantity.bytes),
                TimeText.short(file.lastUsedAt), HostCacheText.stay(file), file.name,
            ])
        }
        if !files.isEmpty { try context.print(table) }
        let removals = cache.removals ?? []
        if !removals.isEmpty {
            var gone = TextTable([
                .text("REMOVED"), .text("REASON"), .number("FREED"), .text("LAST USED"), .text("IMAGE"),
                .text("FILE"),
            ])
            for removal in removals {
                gone.add([
                    TimeText.short(removal.at), removal.reason, removal.diskBytes.map(Quantity.bytes),
                    TimeText.short(removal.lastUsedAt), removal.imageID, removal.name,
                ])
            }
            try context.console.print([""])
            try context.print(gone)
        }
        try context.console.say(HostCacheText.summary(cache))
    }

    /// All pages as one document: the first, with the files of all.
    private func whole(_ bodies: [[UInt8]], _ context: CommandContext) throws -> DocumentNode {
        let pages = try bodies.map { try context.json($0) }
        guard let first = pages.first, let cache = first[HostCacheView.one] else {
            return DocumentNode(.null, at: DocumentPosition(line: 1, column: 1))
        }
        let files = pages.flatMap { page -> [DocumentNode] in
            guard case .sequence(let items)? = page[HostCacheView.one]?["files"]?.content else { return [] }
            return items
        }
        let merged = cache.with("files", .sequence(files)).with("next", .null)
        return first.with(HostCacheView.one, merged.content)
    }
}
