import PrecacheClient
import PrecacheModel

/// The hosts that stand in one way to images, with what last became of those there.
struct CoverageHosts {
    private let aggregate: String
    private let state: String

    init(_ aggregate: String, _ state: String) {
        self.aggregate = aggregate
        self.state = state
    }

    /// Lists the hosts for each of some images, or for each that the aggregate's coverage names.
    func list(
        _ images: [String],
        _ context: CommandContext,
        _ options: ListOptions
    ) async throws -> ExitStatus {
        var images = images
        if images.isEmpty {
            let coverage = try await context.client.coverage(of: aggregate, images: [])
            images = coverage.value.coverage.map(\.imageID)
        }
        let isOfOne = images.count == 1
        let printer = ListPrinter<CoverageHostView>(
            columns: [
                .text("HOST", \.host),
                .text("IMAGE", wide: isOfOne, \.imageID), .text("STATE", wide: true, \.state),
                .number("SIZE", wide: true, \.sizeBytes, Quantity.bytes),
                .time("SINCE", wide: state == CoverageState.missing.rawValue, \.since),
                .time("SEEN", wide: true, \.seenAt),
                .text("OUTCOME", { $0.last?.outcome }), .text("REASON", { $0.last?.reason }),
                .time("AT", { $0.last?.at }), .text("JOB", wide: true, { $0.last?.job }),
                .prose("DETAIL", { $0.last?.detail }),
            ],
            empty: "No such hosts.",
            byName: true,
            name: \.host
        )
        var seen: [CoverageHostView] = []
        try await printer.run(
            context,
            options,
            limit: nil,
            questions: images
        ) { image, wanted, after throws(ClientError) in
            let reply = try await context.client.coverageHosts(
                of: aggregate,
                image: image,
                state: state,
                limit: wanted,
                after: after
            )
            seen += reply.value.items
            guard context.format.isDocument, !isOfOne else { return reply }
            return Reply(value: reply.value, body: Self.named(image, reply.body))
        }
        if context.format.isTable { try context.console.say(advice(seen)) }
        return .succeeded
    }

    /// What to do about what was seen: a line for each reason, the most frequent first.
    private func advice(_ hosts: [CoverageHostView]) -> [String] {
        guard state == CoverageState.missing.rawValue || state == CoverageState.damaged.rawValue else {
            return []
        }
        var counts: [Reason: Int] = [:]
        for case let reason? in hosts.map({ $0.last?.reason.flatMap(Reason.init(rawValue:)) }) {
            counts[reason, default: 0] += 1
        }
        var lines = counts.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map {
            "\($0.key.rawValue) (\(Quantity.count($0.value))): \($0.key.remedy)"
        }
        let rest = hosts.count { $0.last?.reason == nil }
        if rest > 0 {
            lines.append(
                "without a reason (\(Quantity.count(rest))): precache cache \(TerminalText.escaped(aggregate)) IMAGE,"
                    + " or a policy, brings it there"
            )
        }
        return lines
    }

    /// The answer with the image in each host, so that several answers can stand in one list.
    private static func named(_ image: String, _ body: [UInt8]) -> [UInt8] {
        guard let root = try? DocumentReader.read(String(decoding: body, as: UTF8.self), as: .json),
            case .sequence(let hosts)? = root[CoverageHostView.many]?.content
        else { return body }
        let id = DocumentNode.Entry(key: "image_id", position: .start, value: .init(.text(image), at: .start))
        let named = hosts.map { host in
            guard case .mapping(let entries) = host.content else { return host }
            return DocumentNode(.mapping([id] + entries), at: host.position)
        }
        return JSONPrinter.compact(root.with(CoverageHostView.many, .sequence(named)))
    }
}
