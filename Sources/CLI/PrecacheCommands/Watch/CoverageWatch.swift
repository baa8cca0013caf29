import PrecacheClient

/// What is asked of an aggregate's coverage.
struct CoverageQuestion: Sendable {
    let aggregate: String
    /// The images' identifiers; none for all.
    let images: [String]
    /// What each image's fraction is to be at least.
    let share: Double?

    /// Asks once; the service may hold its answer for some seconds.
    func ask(_ client: ServiceClient, wait: Int? = nil) async throws(ClientError) -> Reply<CoverageView> {
        try await client.coverage(of: aggregate, images: images, atLeast: share, wait: wait)
    }
}

/// Waits until a coverage is what it should be, and shows on standard error how it rises.
struct CoverageWatch {
    /// The longest that the service holds a poll, in seconds.
    static let longestPoll = 60
    // On a terminal people look on.
    private static let livePoll = 5
    /// The most images that the picture shows, the least warm ones.
    static let shown = 10

    private let question: CoverageQuestion
    private let context: CommandContext
    private var screen = LiveScreen()
    private var told: String?

    init(_ question: CoverageQuestion, _ context: CommandContext) {
        self.question = question
        self.context = context
    }

    /// Polls until it is met or the time is over, and through a service that is away meanwhile.
    ///
    /// Gives the last answer. Throws ``ClientError`` where none came, or the last poll had none.
    consuming func run(_ limit: Duration) async throws -> Reply<CoverageView> {
        let clock = ContinuousClock()
        let start = clock.now
        var backoff = context.watchPace.backoff
        var wait: Int?
        while true {
            let asked = clock.now
            switch await answer(wait: wait) {
            case .success(let reply):
                let left = limit - (clock.now - start)
                guard reply.value.met != true, left > .zero else {
                    try clear()
                    return reply
                }
                try draw(reply.value, elapsed: clock.now - start, left: left)
                backoff = context.watchPace.backoff
                // A service that doesn't hold the answer is not asked all the time.
                if wait != nil { try await clock.sleep(until: asked + context.watchPace.pause) }
            case .failure(let error):
                guard error.isTransient, clock.now - start + backoff < limit else { throw error }
                try tell("No answer, still trying. (\(TerminalText.escaped(error.message)))")
                try await clock.sleep(for: backoff)
                backoff = min(backoff * 2, context.watchPace.longestBackoff)
            }
            let most = context.console.isLive ? Self.livePoll : Self.longestPoll
            let left = limit - (clock.now - start)
            wait = min(most, max(1, Int(left.components.seconds)))
        }
    }

    private func answer(wait: Int?) async -> Result<Reply<CoverageView>, ClientError> {
        do throws(ClientError) {
            return .success(try await question.ask(context.client, wait: wait))
        } catch {
            return .failure(error)
        }
    }

    private mutating func draw(_ coverage: CoverageView, elapsed: Duration, left: Duration) throws {
        let lines = CoverageFrame(coverage: coverage, share: question.share ?? 1)
        guard context.console.isLive, let width = context.console.errorWidth() else {
            return try tell(lines.summary)
        }
        let head = "\(lines.summary)  \(Quantity.duration(elapsed)), for \(Quantity.duration(left)) more"
        let picture = [head] + lines.bars(context.console.glyphs, most: Self.shown)
        let cut = picture.map {
            TerminalText.truncated($0, to: max(1, width - 1), mark: context.console.glyphs.cut)
        }
        try context.console.errors.write(screen.draw(above: [], picture: cut, width: width))
    }

    /// Writes a line that says something new.
    private mutating func tell(_ line: String) throws {
        guard line != told else { return }
        told = line
        if context.console.isLive, let width = context.console.errorWidth() {
            try context.console.errors.write(screen.draw(above: [], picture: [line], width: width))
        } else {
            try context.console.say([line])
        }
    }

    private mutating func clear() throws {
        guard context.console.isLive, let width = context.console.errorWidth() else { return }
        try context.console.errors.write(screen.draw(above: [], picture: [], width: width))
    }
}

/// A coverage that is being waited for.
struct CoverageFrame {
    let coverage: CoverageView
    /// What each image's fraction is to be at least.
    let share: Double

    /// `2 of 3 images on at least 95% of the hosts; debian-12 on 77.7%`: and which one lacks most.
    var summary: String {
        let met = coverage.coverage.count { $0.fraction >= share }
        let total = Quantity.count(coverage.coverage.count, "image")
        let lowest = leastWarm.first.map {
            "; \(TerminalText.escaped($0.imageID)) on \(Share.text($0.fraction))"
        }
        return "\(Quantity.count(met)) of \(total) on at least \(Share.text(share)) of the hosts"
            + (lowest ?? "")
    }

    /// A line for each image that lacks something, those that lack most.
    func bars(_ glyphs: Glyphs, most: Int) -> [String] {
        let images = leastWarm
        let width = images.prefix(most).reduce(0) {
            max($0, TerminalText.width(TerminalText.escaped($1.imageID)))
        }
        let lines = images.prefix(most).map { image in
            let name = TerminalText.padded(TerminalText.escaped(image.imageID), to: width)
            let hosts = "\(Quantity.count(image.hosts.warm))/\(Quantity.count(image.hosts.wanted)) hosts"
            return "\(Share.bar(image.fraction, glyphs, width: 20))  \(name)  \(hosts)"
        }
        let more = images.count - lines.count
        return lines + (more > 0 ? ["and \(Quantity.count(more, "image")) more"] : [])
    }

    private var leastWarm: [ImageCoverageView] {
        coverage.coverage.filter { $0.fraction < share }.sorted { $0.fraction < $1.fraction }
    }
}
