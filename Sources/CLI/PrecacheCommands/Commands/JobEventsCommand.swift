import ArgumentParser
import PrecacheClient

/// `precache job events ID`.
struct JobEventsCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print a job's history as it happens, until the job ends.",
        discussion: "With --output json or yaml each line is an event's own JSON."
    )

    @Argument(help: "The job's id, its beginning, or @latest.", completion: NameCompletion.job.kind)
    var id: String

    @Option(help: ArgumentHelp("Begin after this event.", valueName: "event id"))
    var after: String?

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let (lines, continuation) = AsyncStream.makeStream(of: [String].self)
        let follower = EventFollower(client: context.client, pace: context.watchPace)
        let id = try await context.job(id)
        let (after, console, format) = (after, context.console, context.format)
        async let end: Void = {
            defer { continuation.finish() }
            try await follower.run(id, after: after) { error in
                let message = TerminalText.escaped(error.message)
                try? console.say(["No answer, still trying. (\(message))"])
            } receive: { event in
                continuation.yield(Self.lines(of: event, format))
            }
        }()
        for await batch in lines { try console.print(batch) }
        try await end
        return .succeeded
    }

    static func lines(of event: ServerSentEvent, _ format: OutputFormat) -> [String] {
        guard let node = try? DocumentReader.read(event.data, as: .json) else {
            return format.isDocument ? [] : [TerminalText.escaped("\(event.type)  \(event.data)")]
        }
        if format.isDocument { return [String(decoding: JSONPrinter.compact(node), as: UTF8.self)] }
        guard case .mapping(let entries) = node.content else { return [] }
        let text = { (key: String) in entries.first { $0.key == key }?.value.plainText }
        let named: Set<String> = ["at", "type", "id", "job_id", "event"]
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
