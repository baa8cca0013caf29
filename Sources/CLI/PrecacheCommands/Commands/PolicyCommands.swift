import ArgumentParser
import PrecacheClient
import PrecacheModel

/// `precache policy …`.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "See and change what is to be warm where: orders that the service keeps by itself.",
        subcommands: [
            PolicyListCommand.self, PolicyShowCommand.self, PolicyHistoryCommand.self,
            PolicyApplyCommand.self, PolicyDeleteCommand.self, PolicyRunCommand.self,
        ]
    )
}

/// `precache policy list`.
struct PolicyListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List policies by name, with how far each is carried out."
    )

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @OptionGroup
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<PolicyView>(
            columns: [
                .text("NAME", \.name),
                .share("COVERAGE", context.console.glyphs, { $0.status?.fraction }),
                .text("STATE", { $0.status?.state }),
                .count("MISSING HOSTS", { $0.status?.missingHosts }),
                .text("PRIORITY", wide: true, { $0.spec.priority }),
                .time("LAST RUN", wide: true, { $0.status?.lastRunAt }),
                .time("NEXT RUN", wide: true, { $0.status?.nextRunAt }),
                .time("NEXT WINDOW", wide: true, { $0.status?.nextWindowAt }),
                .prose("AGGREGATES", wide: true, { $0.spec.aggregates.joined(separator: ", ") }),
                .prose("IMAGES", wide: true, PolicyText.images),
                .prose("HELD UP BY", { PolicyText.holds($0.status) }),
            ],
            empty: "No policies. Add some with: precache policy apply -f FILE",
            byName: true,
            name: \.name
        )
        try await printer.run(context, list, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.policies(limit: wanted, after: after)
        }
        return .succeeded
    }
}

/// `precache policy show NAME`.
struct PolicyShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a policy: what it says, which images that means now, and what holds it up."
    )

    @Argument(help: "The policy's name.", completion: NameCompletion.policy.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try PolicyDetails.show(try await context.client.policy(name), context)
        return .succeeded
    }
}

/// `precache policy delete NAME`.
struct PolicyDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a policy; its images stay on the hosts until room is needed."
    )

    @Argument(help: "The policy's name.", completion: NameCompletion.policy.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deletePolicy(name)
        try context.console.say(["Deleted policy '\(TerminalText.escaped(name))'."])
        return .succeeded
    }
}

/// `precache policy run NAME`.
struct PolicyRunCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Look up a policy's images now, and make a job of what is missing.",
        discussion: "The service does so by itself every few minutes, and when hosts or images change."
    )

    @Argument(help: "The policy's name.", completion: NameCompletion.policy.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.runPolicy(name)
        if context.format.isDocument {
            try context.print(json: reply.body)
        } else {
            let shown = TerminalText.escaped(reply.value.name)
            try context.console.say([
                "Policy '\(shown)' is looked at now.",
                "  see what comes of it: precache policy show \(shown)",
            ])
        }
        return .succeeded
    }
}

/// `precache policy history NAME`.
struct PolicyHistoryCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show how a policy stood, newest first: how much was warm, and what held up the rest.",
        discussion: """
            A line is written when the state or what holds the policy up changes, and at most once a minute while only numbers do.
            """
    )

    @Argument(help: "The policy's name.", completion: NameCompletion.policy.kind)
    var name: String

    @Option(
        help: ArgumentHelp("Only the last 90m, 36h or 7d.", valueName: "duration"),
        transform: CheckedArgument.span
    )
    var last: Int?

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @OptionGroup
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<PolicyMomentView>(
            columns: [
                .time("AT", \.at),
                .share("COVERAGE", context.console.glyphs, \.status.fraction),
                .text("STATE", \.status.state),
                .count("MISSING HOSTS", \.status.missingHosts),
                .text("JOBS", wide: true, { $0.status.openJobs?.joined(separator: ", ") }),
                .prose("HELD UP BY", { PolicyText.holds($0.status) }),
            ],
            empty: "Nothing is written down of it yet.",
            name: \.at
        )
        let since = last.map { (Timestamp.now() - .seconds($0)).description }
        try await printer.run(context, list, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.policyHistory(name, since: since, limit: wanted, after: after)
        }
        return .succeeded
    }
}
