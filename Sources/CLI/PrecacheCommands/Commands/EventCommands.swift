import ArgumentParser
import PrecacheClient
import PrecacheModel
import Synchronization

/// `precache job events ID`.
struct JobEventsCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print a job's history as it happens, until the job ends.",
        discussion: "With --output json or yaml each line is an event's own JSON."
    )

    @Argument(help: "The job's id, its beginning, or @latest.", completion: NameCompletion.job.kind)
    var id: String

    @Option(
        help: ArgumentHelp("Begin after this event.", valueName: "event id"),
        transform: { try CheckedArgument.eventID($0) }
    )
    var after: String?

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await EventLines.print(.job(try await context.job(id)), after: after, context)
        return .succeeded
    }
}

/// `precache events`.
struct EventsCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print what happens in all jobs, as it happens, until it is interrupted.",
        discussion: """
            With --output json or yaml each line is an event's own JSON. Failures alone: --type outcome --outcome error. \
            What was missed while this didn't run comes with --after and the id of the last event that was seen.
            """
    )

    @Option(
        help: ArgumentHelp(
            "Only events of this type; may be given again: \(Self.types), \(CheckedWord.all).",
            valueName: "type"
        ),
        completion: .words(EventType.self),
        transform: { try CheckedWord.event($0) }
    )
    var type: [String] = []

    @Option(
        help: ArgumentHelp("Only of jobs for this aggregate; may be given again.", valueName: "name"),
        completion: NameCompletion.aggregate.kind
    )
    var aggregate: [String] = []

    @Option(
        help: ArgumentHelp(
            "Of the events of type outcome only those with this one; may be given again.",
            valueName: "outcome"
        ),
        completion: .words(Outcome.self),
        transform: { try CheckedWord.outcome($0) }
    )
    var outcome: [String] = []

    @Option(
        help: ArgumentHelp(
            "Begin after this event; 0 is the oldest that is kept. Default: with what comes next.",
            valueName: "event id"
        ),
        transform: { try CheckedArgument.eventID($0) }
    )
    var after: String?

    @OptionGroup
    var client: ClientOptions

    private static let types = EventType.allCases.map(\.rawValue).joined(separator: ", ")

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let types = type.contains(CheckedWord.all) ? [] : type
        let wanted = [("type", types), ("aggregate", aggregate), ("outcome", outcome)].flatMap {
            name,
            values in
            values.map { QueryItem(name, $0) }
        }
        try await EventLines.print(.all(wanted), after: after, context)
        return .succeeded
    }
}

/// Events as lines for people or, each its own JSON, for programs.
enum EventLines {
    /// Events that are read before they can be printed.
    private static let mostWaiting = 1_000

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// Prints events as they come, to their end, if they have one.
    static func print(_ feed: EventFeed, after: String?, _ context: CommandContext) async throws {
        let (lines, continuation) = AsyncStream.makeStream(of: [String].self)
        let waiting = Counter()
        let follower = EventFollower(client: context.client, pace: context.watchPace)
        let (console, format) = (context.console, context.format)
        async let end: Void = {
            defer { continuation.finish() }
            try await follower.run(feed, after: after) { error in
                let message = TerminalText.escaped(error.message)
                try? console.say(["No answer, still trying. (\(message))"])
            } receive: { event in
                // Whoever reads slowly (a pager, say) is waited for, as the service then is.
                while waiting.value.load(ordering: .relaxed) > Self.mostWaiting {
                    guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
                }
                waiting.value.add(1, ordering: .relaxed)
                continuation.yield(Self.lines(of: event, format))
            }
        }()
        for await batch in lines {
            try console.print(batch)
            waiting.value.subtract(1, ordering: .relaxed)
        }
        try await end
    }

    static func lines(of event: ServerSentEvent, _ format: OutputFormat) -> [String] {
        guard let node = try? DocumentReader.read(event.data, as: .json) else {
            return format.isDocument ? [] : [TerminalText.escaped("\(event.type)  \(event.data)")]
        }
        if format.isDocument { return [String(decoding: JSONPrinter.compact(node), as: UTF8.self)] }
        guard case .mapping(let entries) = node.content else { return [] }
        let text = { (key: String) in entries.first { $0.key == key }?.value.plainText }
        let named: Set<String> = ["at", "type", "event"]
        let rest = entries.filter { !named.contains($0.key) }.compactMap { entry in
            (entry.value.plainText ?? counts(entry.value)).map { "\(entry.key)=\($0)" }
        }
        let parts = [TimeText.short(text("at")), event.type].compactMap { $0 } + rest
        return [TerminalText.escaped(parts.joined(separator: "  "))]
    }

    /// `cached:3,error:1`, without what doesn't occur.
    private static func counts(_ node: DocumentNode) -> String? {
        guard case .mapping(let entries) = node.content else { return nil }
        let counts = entries.compactMap { entry in
            entry.value.plainText.flatMap { $0 == "0" ? nil : "\(entry.key):\($0)" }
        }
        return counts.isEmpty ? nil : counts.joined(separator: ",")
    }
}
