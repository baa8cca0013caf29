import ArgumentParser
import PrecacheClient

/// `precache policy apply FILE`.
struct PolicyApplyCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Add and update all policies that a file lists, or none of them if one is wrong.",
        discussion: """
            The file is YAML or JSON, for example:

              policies:
                - name: web-base
                  aggregates: [web]
                  images:
                    - newest: {name: ubuntu-24.04}    # or {tag: golden}, or {property: {os: debian}}
                      count: 2
                    - id: debian-12
                  windows:                            # without: always
                    - {cron: "0 1 * * *", hours: 4, timezone: Europe/Berlin}
                  at_window_end: finish               # or pause
                  superseded: unpin                   # or keep, remove
                  priority: normal                    # or low, high

            It may also say parallelism, host_timeout_seconds, enabled and expires_at. What it leaves out gets its \
            default, not what the policy had.
            """
    )

    @Argument(
        help: ArgumentHelp("The file; - is standard input.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"])
    )
    var path: String?

    @Option(
        name: .shortAndLong,
        help: "The same as an option.",
        completion: .file(extensions: ["yaml", "yml", "json"])
    )
    var file: String?

    @Flag(help: "Change nothing, print what would change.")
    var dryRun = false

    @Flag(help: "Remove the policies that the file doesn't list.")
    var prune = false

    @OptionGroup
    var client: ClientOptions

    func validate() throws {
        guard (path == nil) != (file == nil) else {
            throw ValidationError("Give one file: precache policy apply FILE, or -f FILE.")
        }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let file = path ?? file ?? "-"
        let policies = try CheckedFile(name: file, text: try LocalFile.text(file), as: .policies)
        let body = policies.body(with: ["prune": prune, "dry_run": dryRun])
        let reply: Reply<PolicyReport>
        do throws(ClientError) {
            reply = try await context.client.applyPolicies(body)
        } catch {
            guard !error.fields.isEmpty else { throw error }
            let lines = ErrorText.lines(error) { policies.line(field: $0.field, message: $0.message) }
            try context.console.say(lines)
            return ExitStatus(of: error)
        }
        if context.format.isDocument {
            try context.print(json: reply.body)
            return .succeeded
        }
        let isChange = { (change: PolicyReport.Change) in change.change != "same" }
        let changes = reply.value.changes.filter(isChange)
        let differences =
            dryRun && changes.contains { $0.change == "changed" }
            ? try await PolicyDifferences(of: body, context) : nil
        try show(changes, differences, context)
        let same = reply.value.changes.count - changes.count
        let rest = same > 0 ? "; \(Quantity.count(same)) as before" : ""
        let count = Quantity.count(changes.count, "change")
        let words =
            switch (changes.isEmpty, dryRun) {
            case (true, true): "Nothing would change."
            case (true, false): "Nothing changed: the policies are as the file says."
            case (false, true): "\(count) would be made\(rest); this was a dry run."
            case (false, false): "\(count) made\(rest)."
            }
        try context.console.say([words])
        return .succeeded
    }

    private func show(
        _ changes: [PolicyReport.Change],
        _ differences: PolicyDifferences?,
        _ context: CommandContext
    ) throws {
        guard !changes.isEmpty else { return }
        if context.format == .name {
            return try context.console.print(changes.map { TerminalText.escaped($0.name) })
        }
        var columns: [TextTable.Column] = [.text("CHANGE"), .text("NAME")]
        if differences != nil { columns.append(.prose("DIFFERENCE")) }
        var table = TextTable(columns)
        for change in changes {
            table.add([change.change, change.name, differences?.words(for: change.name)])
        }
        try context.print(table)
    }
}

/// How policies of a file differ from those that the service has.
struct PolicyDifferences {
    private let wanted: [String: [UInt8]]
    private var known: [String: DocumentNode] = [:]

    /// Asks the service for the policies that it has.
    init(of set: [UInt8], _ context: CommandContext) async throws {
        wanted = WholePolicies.specs(of: set)
        var after: String?
        repeat {
            let reply = try await context.client.policies(after: after)
            if case .sequence(let items)? = try context.json(reply.body)["policies"]?.content {
                for item in items {
                    if let name = item["name"]?.plainText { known[name] = item["spec"] }
                }
            }
            after = reply.value.items.isEmpty || reply.value.next == after ? nil : reply.value.next
        } while after != nil
    }

    /// `priority: "normal" → "high", count: …`: each field that differs, by its JSON; nil where none is known to.
    func words(for name: String) -> String? {
        guard let spec = wanted[name], let old = known[name],
            let new = try? DocumentReader.read(String(decoding: spec, as: UTF8.self), as: .json),
            case .mapping(let entries) = new.content
        else { return nil }
        let words = entries.compactMap { entry -> String? in
            let before = old[entry.key].map(Self.text) ?? "nothing"
            let after = Self.text(entry.value)
            return before == after ? nil : "\(entry.key): \(before) → \(after)"
        }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    private static func text(_ node: DocumentNode) -> String {
        String(decoding: JSONPrinter.compact(node), as: UTF8.self)
    }
}
