import PrecacheModel
import Synchronization

@testable import Outbox

/// Endpoints that answer what a test says, and keep what came.
final class FakeSender: DeliverySender {
    struct Sent: Sendable {
        let webhook: String
        let delivery: Delivery
        var text: String { String(decoding: delivery.body, as: UTF8.self) }
    }

    private struct State {
        var sent: [Sent] = []
        var underway = 0
        var most = 0
        var answer: @Sendable (Sent, Int) -> DeliveryResult?
    }

    private let state: Mutex<State>

    /// `answer` gets what was sent and how many were before it; nil never answers.
    init(
        _ answer: @escaping @Sendable (Sent, Int) -> DeliveryResult? = { _, _ in DeliveryResult(status: 200) }
    ) {
        state = Mutex(State(answer: answer))
    }

    var sent: [Sent] { state.withLock { $0.sent } }
    var ids: [String] { sent.map(\.delivery.id) }
    /// The most at once.
    var most: Int { state.withLock { $0.most } }

    func answer(_ answer: @escaping @Sendable (Sent, Int) -> DeliveryResult?) {
        state.withLock { $0.answer = answer }
    }

    func send(_ delivery: Delivery, to target: WebhookTarget) async -> DeliveryResult {
        let sent = Sent(webhook: target.entry.name.text, delivery: delivery)
        let result = state.withLock { state in
            state.underway += 1
            state.most = max(state.most, state.underway)
            defer { state.sent.append(sent) }
            return state.answer(sent, state.sent.count)
        }
        defer { state.withLock { $0.underway -= 1 } }
        if let result { return result }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
        return DeliveryResult(status: nil, detail: "cancelled")
    }

    func fault(in url: String) -> String? { nil }
}
