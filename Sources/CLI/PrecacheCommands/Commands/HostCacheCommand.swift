import ArgumentParser
import PrecacheClient

/// `precache host cache HOST`.
struct HostCacheCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "Show what a host has cached, who uses it, what may go, and what went lately.",
        discussion: "The service asks the host's agent, which looks for itself: nothing here is remembered."
    )

    @Argument(help: "The host's name.", completion: NameCompletion.host.kind)
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
        if context.format.isDocument {
            try context.print(document: try whole(bodies, context))
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
            return DocumentNode(.null, at: .start)
        }
        let files = pages.flatMap { page -> [DocumentNode] in
            guard case .sequence(let items)? = page[HostCacheView.one]?["files"]?.content else { return [] }
            return items
        }
        let merged = cache.with("files", .sequence(files)).with("next", .null)
        return first.with(HostCacheView.one, merged.content)
    }
}

/// Words for a host's cache.
enum HostCacheText {
    /// Why a file stays, or that it may go.
    static func stay(_ file: HostCacheView.File) -> String {
        let damage = file.scrub?.state == "damaged" ? "DAMAGED, " : ""
        let until = TimeText.short(file.keptUntil).map { " until \($0)" } ?? ""
        let words: String
        switch file.kept {
        case nil: words = "may go"
        case "in_use"?: words = file.users.map(users) ?? "in use"
        case "pinned"?: words = "pinned\(until)"
        case "leased"?: words = "kept by \(policies(file.policies ?? []))\(until)"
        case "young"?: words = "young\(until)"
        case "nova_file"?: words = "Nova's"
        case "usage_unknown"?: words = "can't tell who uses it"
        case "age_unknown"?: words = "can't tell its age\(until)"
        case "removal_off"?: words = "nothing is removed"
        case let other?: words = other
        }
        return damage + words
    }

    private static func policies(_ names: [String]) -> String {
        let shown = names.prefix(3).map(TerminalText.escaped).joined(separator: ", ")
        let more = names.count > 3 ? ", …" : ""
        return names.isEmpty ? "policies" : "\(names.count == 1 ? "policy" : "policies") \(shown)\(more)"
    }

    private static func users(_ users: HostCacheView.File.Users) -> String {
        var parts: [String] = []
        if let disks = users.disks, disks > 0 {
            parts.append(Quantity.count(disks, "disk") + names(users.diskNames, of: disks))
        }
        if let processes = users.processes, processes > 0 {
            let noun = processes == 1 ? "1 process" : "\(Quantity.count(processes)) processes"
            parts.append(noun + names(users.processNames, of: processes))
        }
        if users.otherNames == true { parts.append("another name") }
        return "in use: " + (parts.isEmpty ? "unsaid" : parts.joined(separator: ", "))
    }

    private static func names(_ names: [String]?, of count: Int) -> String {
        guard let first = names?.first else { return "" }
        return count > 1 ? " (\(first), …)" : " (\(first))"
    }

    /// What is to be said of the whole.
    static func summary(_ cache: HostCacheView) -> [String] {
        var lines: [String] = []
        if let totals = cache.totals {
            var line = Quantity.count(totals.files ?? 0, "file")
            line += totals.diskBytes.map { ", \(Quantity.bytes($0)) on disk" } ?? ""
            line += cache.space?.freeBytes.map { ", \(Quantity.bytes($0)) free" } ?? ""
            line += cache.directory.map { " in \(TerminalText.escaped($0))" } ?? ""
            lines.append(line + ".")
            if let unknown = totals.unknown, unknown > 0 {
                let verb = unknown == 1 ? "is" : "are"
                lines.append("\(Quantity.count(unknown, "other file")) there \(verb) left alone.")
            }
            if let moved = totals.quarantined, moved > 0 {
                lines.append("\(Quantity.count(moved, "damaged file")) in .precache/quarantine.")
            }
        }
        if let problem = cache.usage?.problem {
            let shown = TerminalText.escaped(problem)
            lines.append("Nothing is removed, since it can't be told what is in use: \(shown)")
        }
        return lines
    }
}
