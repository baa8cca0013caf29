import ArgumentParser
import PrecacheClient
import PrecacheModel

/// How a host stands to an image.
enum CoverageState: String, CaseIterable {
    case warm
    case stale
    case missing
    case unsupported
    case damaged
    case disabled
}

/// `precache coverage AGGREGATE [IMAGE…]`.
struct CoverageCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Show how many hosts of an aggregate have which images: a gate for scripts, too.",
        discussion: """
            Of each image, the share of the hosts that have it whole and whose agent is alive (warm), of all hosts but \
            those that are disabled or need no cache. A stale host had it when it was last heard of.

            With --at-least the exit status is 0 if every image's share is that large, and 2 if one isn't; with --wait, \
            if it isn't by then either. Nothing is cached by this: see 'precache cache' and 'precache policy'.
            """
    )

    @Argument(help: "The aggregate's name or id.", completion: NameCompletion.aggregate.kind)
    var aggregate: String

    @Argument(
        help: "Each image's id or name. Default: all that a host of it has or a policy wants there.",
        completion: NameCompletion.image.kind
    )
    var images: [String] = []

    @Option(
        help: ArgumentHelp("The share that each image needs: 95%, 95 or 0.95.", valueName: "share"),
        transform: CheckedArgument.share
    )
    var atLeast: Double?

    @Option(
        help: ArgumentHelp("Wait so long for --at-least, for example 30m.", valueName: "duration"),
        transform: CheckedArgument.span
    )
    var wait: Int?

    @Option(
        help: ArgumentHelp(
            "List the hosts in this state instead, and what ails them: "
                + "\(CoverageState.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "state"
        ),
        completion: .words(CoverageState.self),
        transform: CheckedWord.coverageState
    )
    var hosts: String?

    @Flag(help: "Show how much of the aggregate had the image, newest first.")
    var history = false

    @Option(
        help: ArgumentHelp("With --history: only the last 90m, 36h or 7d.", valueName: "duration"),
        transform: CheckedArgument.span
    )
    var last: Int?

    @OptionGroup
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func validate() throws {
        guard wait == nil || atLeast != nil else {
            throw ValidationError("--wait needs --at-least: what to wait for.")
        }
        guard hosts == nil || atLeast == nil else {
            throw ValidationError("Give --hosts or --at-least, not both.")
        }
        guard !history || hosts == nil && atLeast == nil && images.count == 1 else {
            throw ValidationError("--history is of one image, without --hosts and --at-least.")
        }
        guard last == nil || history else { throw ValidationError("--last needs --history.") }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let named = try await ImageResolver(client: context.client).doubtedIDs(of: images)
        let ids = named.map(\.id)
        if history, let image = ids.first { return try await tell(of: image, context) }
        if let hosts {
            try context.console.say(named.compactMap(\.doubt))
            return try await CoverageHosts(aggregate, hosts).list(ids, context, list)
        }
        let question = CoverageQuestion(aggregate: aggregate, images: ids, share: atLeast)
        let reply: Reply<CoverageView>
        if let wait {
            reply = try await CoverageWatch(question, context).run(.seconds(wait))
        } else {
            reply = try await question.ask(context.client)
        }
        try await show(reply, context)
        let held = Set(reply.value.coverage.filter { $0.hosts.isHeld }.map(\.imageID))
        try context.console.say(named.filter { !held.contains($0.id) }.compactMap(\.doubt))
        guard let atLeast else { return .succeeded }
        let isMet = reply.value.met == true
        let total = reply.value.coverage.count
        let low = reply.value.coverage.filter { $0.fraction < atLeast }.count
        try context.console.say([
            isMet
                ? "Met: \(Quantity.count(total, "image")) on at least \(Share.text(atLeast)) of the hosts."
                : "Not met: \(Quantity.count(low)) of \(Quantity.count(total, "image")) on less than \(Share.text(atLeast)) of the hosts."
                    + " Which lack it: --hosts missing"
        ])
        return isMet ? .succeeded : .partial
    }

    private func tell(of image: String, _ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<CoverageMomentView>(
            columns: [.time("AT", \.at)] + CoverageTable.columns(context.console.glyphs, \.hosts),
            empty: "Nothing is written down of it yet.",
            name: \.at
        )
        let since = last.map { (Timestamp.now() - .seconds($0)).description }
        try await printer.run(context, list, limit: nil) { wanted, after throws(ClientError) in
            try await context.client.coverageHistory(
                of: aggregate,
                image: image,
                since: since,
                limit: wanted,
                after: after
            )
        }
        return .succeeded
    }

    private func show(_ reply: Reply<CoverageView>, _ context: CommandContext) async throws {
        guard !context.format.isDocument else { return try context.print(json: reply.body) }
        let images = reply.value.coverage
        let printer = ListPrinter<ImageCoverageView>(
            columns: [.text("IMAGE", \.imageID)]
                + CoverageTable.columns(context.console.glyphs, among: images.map(\.hosts), \.hosts),
            empty:
                "No host of '\(TerminalText.escaped(aggregate))' has an image, and no policy wants one there.",
            name: \.imageID
        )
        try await printer.run(context, list, limit: nil) { _, _ throws(ClientError) in
            Reply(value: Listing(items: images, next: nil), body: reply.body)
        }
    }
}

/// The table of a coverage.
enum CoverageTable {
    /// The columns of numbers; rare kinds of hosts have one only where there are such `among` those that are known, with
    /// `-o wide`, or if asked for.
    static func columns<Item>(
        _ glyphs: Glyphs,
        among known: [ImageCoverageView.Hosts] = [],
        _ hosts: @escaping (Item) -> ImageCoverageView.Hosts
    ) -> [ListColumn<Item>] {
        let rare = { (heading: String, count: @escaping (ImageCoverageView.Hosts) -> Int?) in
            ListColumn<Item>.count(
                heading,
                wide: known.allSatisfy { (count($0) ?? 0) == 0 },
                { count(hosts($0)) }
            )
        }
        return [
            .share("COVERAGE", glyphs, { hosts($0).fraction }),
            .text("WARM") { "\(Quantity.count(hosts($0).warm))/\(Quantity.count(hosts($0).wanted))" },
            .count("STALE", { hosts($0).stale }), .count("MISSING", { hosts($0).missing }),
            rare("UNSUPPORTED", { $0.unsupported }), rare("DAMAGED", { $0.damaged }),
            rare("DISABLED", { $0.disabled }),
            .count("TOTAL", wide: true, { hosts($0).total }),
        ]
    }
}

extension ListColumn {
    /// A fraction as a bar.
    static func share(_ heading: String, _ glyphs: Glyphs, _ fraction: @escaping (Item) -> Double?) -> Self {
        ListColumn(
            heading: heading,
            kind: .text,
            text: { fraction($0).map { Share.bar($0, glyphs) } },
            value: { fraction($0).map { Int64($0 * 1_000_000_000) } }
        )
    }
}
