import ArgumentParser
import PrecacheClient

/// `precache inventory import --from nova`.
struct InventoryImportCommand: ServiceCommand {
    /// Where an inventory can come from.
    enum Source: String, CaseIterable, ExpressibleByArgument {
        /// OpenStack's compute service.
        case nova
    }

    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take over hosts and aggregates from an OpenStack cloud.",
        discussion: """
            Hosts are those with a nova-compute service; a disabled service makes a disabled host. Of hosts that are there
            already, labels, the agent's port and the address stay. What Nova doesn't have stays too, and is named, unless
            --prune is given.

            While a cell of Nova is down, its hosts can't be seen: they stay as they are, and --prune is refused.

            Who asks comes from OS_AUTH_URL, OS_USERNAME, OS_PASSWORD and the rest, as for the openstack client, or from the
            cloud of clouds.yaml that OS_CLOUD or --os-cloud names.
            """
    )

    @Option(help: "Where from.")
    var from: Source

    @Option(help: ArgumentHelp("A cloud of clouds.yaml. Default: OS_CLOUD.", valueName: "name"))
    var osCloud: String?

    @Flag(help: "Change nothing, print what would change.")
    var dryRun = false

    @Flag(help: "Remove hosts and aggregates that Nova doesn't have.")
    var prune = false

    @Flag(help: "Take Nova's addresses for hosts that are there already, too.")
    var addresses = false

    @Flag(help: "Leave hosts that are there enabled or disabled as they are.")
    var keepEnabled = false

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let credentials = try CloudConfiguration(environment: context.console.environment)
            .credentials(cloud: osCloud)
        let (cloud, nova) = try await CloudConnection.inventory(credentials)
        if !cloud.unseen.isEmpty { try allow(cloud.unseen, nova, context.console) }
        if prune, cloud.hosts.isEmpty {
            throw ClientError(
                .refused,
                "Nova at \(nova) has no nova-compute service, so --prune would remove every host",
                hint: "If that is meant: precache inventory apply --prune with a file of 'hosts: []'."
            )
        }
        if !cloud.strangers.isEmpty {
            let count = Quantity.count(cloud.strangers.count, "member")
            try context.console.say([
                "Warning: \(count) of aggregates without a nova-compute service left out: "
                    + TerminalText.escaped(CloudInventory.list(cloud.strangers))
            ])
        }
        let body = cloud.document(
            present: try await context.client.all { after throws(ClientError) in
                try await context.client.hosts(after: after)
            },
            takesAddresses: addresses,
            keepsEnabled: keepEnabled
        )
        let leftovers = prune ? [] : try await leftovers(body, context.client)
        let reply = try await context.client.applyInventory(body, isDryRun: dryRun, prunes: prune)
        try InventoryChanges(reply: reply, isDryRun: dryRun, source: "Nova").show(context)
        try SharedAddresses.warn(body, context.console)
        if !leftovers.isEmpty {
            let names = leftovers.prefix(20).map { "\($0.kind) \($0.name)" }.joined(separator: ", ")
            try context.console.say([
                "Not in Nova, and left alone: \(names)" + (leftovers.count > 20 ? ", …" : "")
                    + ". With --prune \(leftovers.count == 1 ? "it goes" : "they go")."
            ])
        }
        return .succeeded
    }

    /// Says which hosts can't be seen; throws where what isn't in Nova is to be removed, for nobody knows what isn't.
    private func allow(_ unseen: [String], _ nova: String, _ console: Console) throws {
        let names = TerminalText.escaped(CloudInventory.list(unseen))
        let hosts = "\(Quantity.count(unseen.count, "host")) can't be seen: \(names)"
        guard !prune else {
            throw ClientError(
                .refused,
                "a cell of Nova at \(nova) is down, so --prune might remove what is only out of sight; \(hosts)",
                hint: CloudInventory.cellHint
            )
        }
        try console.say([
            "Warning: a cell of Nova is down. What is here of its hosts stays as it is. \(hosts)"
        ])
    }

    /// What pruning would remove.
    private func leftovers(
        _ body: [UInt8],
        _ client: ServiceClient
    ) async throws(ClientError) -> [InventoryReport.Change] {
        try await client.applyInventory(body, isDryRun: true, prunes: true).value.changes
            .filter { $0.action == "remove" }
    }
}
