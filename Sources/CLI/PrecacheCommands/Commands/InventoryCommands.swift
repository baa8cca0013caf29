import ArgumentParser
import PrecacheClient

/// `precache inventory …`.
struct InventoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Apply a whole inventory, from a file or an OpenStack cloud, or write it out.",
        subcommands: [
            InventoryApplyCommand.self, InventoryExportCommand.self, InventoryImportCommand.self,
        ]
    )
}

/// `precache inventory apply FILE`.
struct InventoryApplyCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Add and update everything that a file lists, in one transaction.",
        discussion: """
            The file is YAML or JSON, for example:

              hosts:
                - name: node-1
                  address: 10.0.0.1
              aggregates:
                - name: web
                  hosts: [node-1]
              images:
                - id: debian-12
                  url: https://images.example/debian-12.qcow2
                  hash_algorithm: sha256
                  hash: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
                  disk_format: qcow2
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

    @Flag(help: "Remove what the file doesn't list, of each kind that it does list.")
    var prune = false

    @OptionGroup
    var client: ClientOptions

    func validate() throws {
        guard (path == nil) != (file == nil) else {
            throw ValidationError("Give one file: precache inventory apply FILE, or -f FILE.")
        }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let file = path ?? file ?? "-"
        let inventory = try CheckedFile(name: file, text: try LocalFile.text(file), as: .inventory)
        let reply: Reply<InventoryReport>
        do throws(ClientError) {
            reply = try await context.client.applyInventory(inventory.body, isDryRun: dryRun, prunes: prune)
        } catch {
            guard !error.fields.isEmpty else { throw error }
            let lines = ErrorText.lines(error) { inventory.line(field: $0.field, message: $0.message) }
            try context.console.say(lines)
            return ExitStatus(of: error)
        }
        try InventoryChanges(reply: reply, isDryRun: dryRun, source: "the file").show(context)
        try SharedAddresses.warn(inventory.body, context.console)
        return .succeeded
    }
}

/// Hosts of an inventory that lead to one and the same agent, which is at most one of them.
enum SharedAddresses {
    /// The most addresses that are named.
    private static let shown = 10

    /// Warns of every address and port that several hosts have.
    static func warn(_ body: [UInt8], _ console: Console) throws {
        let text = String(decoding: body, as: UTF8.self)
        guard let root = try? DocumentReader.read(text, as: .json),
            case .sequence(let hosts)? = root["hosts"]?.content
        else { return }
        var names: [String: [String]] = [:]
        for host in hosts {
            guard let name = host["name"]?.plainText else { continue }
            let address = host["address"]?.plainText ?? name
            let port = host["port"]?.plainText ?? "7701"
            let place = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
            names[place.lowercased(), default: []].append(name)
        }
        let shared = names.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
        guard !shared.isEmpty else { return }
        let lines = shared.prefix(shown).map { place, names in
            "Warning: \(Quantity.count(names.count, "host")) at \(place): \(names.prefix(shown).joined(separator: ", "))"
                + (names.count > shown ? ", …" : "")
        }
        let rest =
            shared.count > shown ? ["… and \(Quantity.count(shared.count - shown)) more addresses"] : []
        let advice =
            "An agent answers for its own host alone: jobs end with wrong_host for the others there,"
            + " by certificates with agent_unauthorized."
        try console.say((lines + rest).map(TerminalText.escaped) + [advice])
    }
}

/// Writes what applying an inventory changed, or would.
struct InventoryChanges {
    let reply: Reply<InventoryReport>
    let isDryRun: Bool
    /// What the inventory was brought to, for the case that it was so already: `the file`.
    let source: String

    /// Writes a table or the service's JSON, and a sentence for people.
    func show(_ context: CommandContext) throws {
        let changes = reply.value.changes
        if context.format.isDocument {
            try context.print(json: reply.body)
            return
        }
        var table = TextTable([.text("ACTION"), .text("KIND"), .text("NAME"), .text("FIELDS")])
        for change in changes {
            table.add([change.action, change.kind, change.name, change.fields?.joined(separator: ", ")])
        }
        if !changes.isEmpty { try context.print(table) }
        let count = changes.isEmpty ? "Nothing" : Quantity.count(changes.count, "change")
        let words =
            switch (changes.isEmpty, isDryRun) {
            case (true, true): "Nothing would change."
            case (true, false): "Nothing changed: the inventory is as \(source) says."
            case (false, true): "\(count) would be made; this was a dry run."
            case (false, false): "\(count) made."
            }
        try context.console.say([words])
    }
}
