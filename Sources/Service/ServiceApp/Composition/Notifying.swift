import Digesting
import HTTPDoor
import HTTPFetching
import Logging
import Outbox
import PrecacheModel
import Reactor
import ServiceAPI
import Store
import Telemetry

/// The loop on which webhooks are delivered, apart from that of agents, with what works on it.
final class Notifying: Sendable {
    let courier: Courier
    private let fetcher: HTTPFetcher
    private let loops: EventLoopGroup

    /// Starts the loop.
    ///
    /// Throws `SystemError` or `FetchError`.
    init(
        _ access: WebhookAccess,
        store: StoredWebhooks,
        metrics: MetricsRegistry,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) throws {
        let loops = try EventLoopGroup(count: 1, name: "webhooks")
        do {
            let addresses = access.allowsInternal ? AddressRule.any : .noInternal
            let fetcher = try HTTPFetcher(
                loop: loops.loops[0],
                configuration: FetcherConfiguration(
                    tls: ClientTLS(caFile: access.authorities),
                    addresses: addresses
                )
            )
            var configuration = access.outbox
            configuration.hostName = MachineName.text.isEmpty ? "localhost" : MachineName.text
            courier = Courier(
                store: store,
                sender: HTTPDeliverySender(
                    fetcher: fetcher,
                    addresses: addresses,
                    proxy: access.proxy,
                    timeout: configuration.timeout
                ),
                configuration: configuration,
                metrics: metrics,
                logger: logger,
                now: now
            )
            self.fetcher = fetcher
            self.loops = loops
        } catch {
            loops.stop()
            throw error
        }
    }

    /// Ends all deliveries and the loop.
    func stop() async {
        await fetcher.stop()
        loops.stop()
    }
}

/// Webhooks for the API: the store's, with the courier told of every change.
struct WebhookDesk: WebhookRecords {
    let store: StoredWebhooks
    let courier: Courier

    func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<WebhookRecord> {
        try await store.webhooks(page)
    }

    func webhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord? {
        try await store.webhook(name)
    }

    func putWebhook(
        _ entry: WebhookEntry,
        secret: WebhookSecretChoice
    ) async throws(StoreError) -> WebhookPut {
        let fresh: [UInt8]
        do throws(DigestError) { fresh = try SecureRandom.bytes(32) } catch {
            throw StoreError(.failed, subject: "webhook", message: "no secret could be made: \(error)")
        }
        let put = try await store.putWebhook(entry, secret: secret, fresh: WebhookSecret(key: fresh))
        await courier.reload()
        return put
    }

    func deleteWebhook(_ name: WebhookName) async throws(StoreError) {
        try await store.deleteWebhook(name)
        await courier.reload()
    }

    func resumeWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord {
        let webhook = try await store.resumeWebhook(name)
        await courier.reload()
        return webhook
    }

    func testWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookTest {
        try await courier.test(name)
    }

    func fault(inWebhookURL url: String) -> String? { courier.fault(in: url) }
}
