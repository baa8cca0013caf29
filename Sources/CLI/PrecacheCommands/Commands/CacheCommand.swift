import ArgumentParser
import PrecacheClient
import PrecacheModel
import TextForms

/// `precache cache AGGREGATE IMAGE…`.
struct CacheCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "Cache images on every host of an aggregate.",
        discussion: """
            Prints the id of the job that does it. With --wait it shows the job's progress, then what did not end \
            well, and its exit status tells how the job ended. Ctrl-C leaves the job running.
            """
    )

    @Argument(help: "The aggregate's name or id.", completion: NameCompletion.aggregate.kind)
    var aggregate: String

    @Argument(
        help: "Each image's id, or its name in the catalogue or in Glance.",
        completion: NameCompletion.image.kind
    )
    var images: [String]

    @Flag(help: "Wait for the job's end and show its progress.")
    var wait = false

    @Flag(help: "Start nothing, show what would happen: on which hosts, how many bytes, how long.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("Hosts at once: a number, or a percentage of the job's hosts.", valueName: "n|p%"),
        transform: CheckedArgument.parallelism
    )
    var parallelism: String?

    @Option(
        help: ArgumentHelp(
            "The longest that one attempt may take on a host: seconds, or a text such as 1h30m.",
            valueName: "duration"
        ),
        transform: CheckedArgument.span
    )
    var hostTimeout: Int?

    @Option(help: ArgumentHelp("Attempts per host.", valueName: "n"), transform: CheckedArgument.positive)
    var maxAttempts: Int?

    @Option(
        help: ArgumentHelp("The longest that the whole job may take.", valueName: "duration"),
        transform: CheckedArgument.span
    )
    var deadline: Int?

    @Option(
        help: ArgumentHelp(
            "How long each host keeps the images once it has them, for example 7d.",
            valueName: "duration"
        ),
        transform: CheckedArgument.span
    )
    var keep: Int?

    @Option(
        help: ArgumentHelp(
            "Whose hosts have their turn first: low, normal or high. Default: normal.",
            valueName: "priority"
        ),
        completion: .words(JobPriority.self),
        transform: CheckedWord.priority
    )
    var priority: String?

    @Flag(help: "Cache images of Glance's that have no digest, too; they are reported as not verified.")
    var allowUnverified = false

    @Option(
        help: ArgumentHelp(
            "A text of your own: within a day, the same command with the same key starts no second job.",
            valueName: "key"
        )
    )
    var idempotencyKey: String?

    @OptionGroup
    var client: ClientOptions

    func validate() throws {
        guard !dryRun || (!wait && idempotencyKey == nil) else {
            throw ValidationError("--dry-run starts no job: --wait and --idempotency-key don't go with it.")
        }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let order = CacheOrder(
            images: try await ImageResolver(client: context.client).ids(of: images, orNames: true),
            parallelism: parallelism,
            hostTimeoutSeconds: hostTimeout,
            maxAttempts: maxAttempts,
            deadlineSeconds: deadline,
            keepSeconds: keep,
            allowsUnverified: allowUnverified ? true : nil,
            priority: priority
        )
        if dryRun {
            try PlanReport.show(
                try await context.client.planJob(aggregate: aggregate, order: order),
                context
            )
            return .succeeded
        }
        let reply = try await start(order, context)
        if wait {
            if reply.isReplay, idempotencyKey != nil {
                try context.console.say(["\(JobAcceptance.replayed)."])
            }
            return try await JobReporter(context: context).watch(reply)
        }
        return try JobAcceptance.show(reply, context)
    }

    // The key makes it safe to send the order again when its answer got lost on the way.
    private func start(_ order: CacheOrder, _ context: CommandContext) async throws -> Reply<JobView> {
        let key = idempotencyKey ?? UUIDText.make()
        var attempts = 0
        while true {
            attempts += 1
            do throws(ClientError) {
                return try await context.client.startJob(
                    aggregate: aggregate,
                    order: order,
                    idempotencyKey: key
                )
            } catch {
                guard error.isAnswerLost, attempts < 3 else { throw error }
                try await ContinuousClock().sleep(for: (context.pace ?? .live).backoff)
            }
        }
    }
}
