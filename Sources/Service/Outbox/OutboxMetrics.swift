import PrecacheModel
import Telemetry

/// Counts deliveries, and shows what waits.
struct OutboxMetrics: Sendable {
    private let deliveries: Counter
    private let waiting: Gauge
    private let lag: Gauge
    private let paused: Gauge

    init(_ metrics: MetricsRegistry) {
        deliveries = metrics.counter(
            "precached_webhook_deliveries_total",
            help:
                "Deliveries tried, by result: delivered (2xx), refused (another status), failed (no answer); and events "
                + "dropped since their time was over.",
            labels: ["webhook", "result"]
        )
        waiting = metrics.gauge(
            "precached_webhook_waiting_events",
            help: "Events that are still to be delivered.",
            labels: ["webhook"]
        )
        lag = metrics.gauge(
            "precached_webhook_lag_seconds",
            help: "How long ago the oldest event happened that is still to be delivered; 0 if there is none.",
            labels: ["webhook"]
        )
        paused = metrics.gauge(
            "precached_webhook_paused",
            help: "1 for a webhook that was paused since it stayed broken, else 0.",
            labels: ["webhook"]
        )
    }

    /// Counts a delivery that was tried.
    func count(_ result: DeliveryResult, of webhook: WebhookName) {
        let word = result.isDelivered ? "delivered" : result.status == nil ? "failed" : "refused"
        deliveries.increment(word: word, webhook)
    }

    /// Counts an event that was given up.
    func countDropped(of webhook: WebhookName) { deliveries.increment(word: "dropped", webhook) }

    /// Shows how these webhooks, all that there are, stand.
    func show(_ webhooks: [WebhookRecord], now: Timestamp) {
        for gauge in [waiting, lag, paused] { gauge.removeAll() }
        for webhook in webhooks {
            let name = webhook.entry.name.text
            waiting.set(Double(webhook.waiting), name)
            lag.set(webhook.oldestWaitingAt.map { max(0, (now - $0) / .seconds(1)) } ?? 0, name)
            paused.set(webhook.state == "paused" ? 1 : 0, name)
        }
    }
}

extension Counter {
    fileprivate func increment(word: String, _ webhook: WebhookName) { increment(by: 1, webhook.text, word) }
}
