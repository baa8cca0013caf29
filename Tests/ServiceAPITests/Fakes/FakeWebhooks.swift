import PrecacheModel
import ServiceAPI
import Synchronization

/// Webhooks in memory; every delivery of a test is answered 204.
final class FakeWebhooks: WebhookRecords {
    static let made = WebhookSecret(key: [UInt8](repeating: 7, count: 32))

    private let kept = Mutex<[WebhookName: (record: WebhookRecord, choice: WebhookSecretChoice)]>([:])

    /// What a webhook was last put with.
    func choice(_ name: WebhookName) -> WebhookSecretChoice? { kept.withLock { $0[name]?.choice } }

    func change(_ name: WebhookName, _ body: (inout WebhookRecord) -> Void) {
        kept.withLock { kept in
            guard var found = kept[name] else { return }
            body(&found.record)
            kept[name] = found
        }
    }

    func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<WebhookRecord> {
        let all = kept.withLock { $0.values.map(\.record) }.sorted { $0.entry.name < $1.entry.name }
        return Page(items: Array(all.prefix(page.limit)), next: nil)
    }

    func webhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord? {
        kept.withLock { $0[name]?.record }
    }

    func putWebhook(
        _ entry: WebhookEntry,
        secret: WebhookSecretChoice
    ) async throws(StoreError) -> WebhookPut {
        if entry.name == .settings {
            throw StoreError(.conflict, subject: "webhook", message: "webhooks.url describes it")
        }
        return kept.withLock { kept in
            let isNew = kept[entry.name] == nil
            let moment = Timestamp(microseconds: 1_000_000)
            let record = WebhookRecord(id: 1, entry: entry, createdAt: moment, updatedAt: moment)
            kept[entry.name] = (record, secret)
            let isMade = secret == .fresh || secret == .keep && isNew
            return WebhookPut(webhook: record, isNew: isNew, madeSecret: isMade ? Self.made : nil)
        }
    }

    func deleteWebhook(_ name: WebhookName) async throws(StoreError) {
        guard kept.withLock({ $0.removeValue(forKey: name) }) != nil else {
            throw StoreError.notFound("webhook", name.text)
        }
    }

    func resumeWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord {
        change(name) { $0.health = WebhookHealth() }
        guard let record = try await webhook(name) else { throw StoreError.notFound("webhook", name.text) }
        return record
    }

    func testWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookTest {
        guard try await webhook(name) != nil else { throw StoreError.notFound("webhook", name.text) }
        return WebhookTest(isDelivered: true, status: 204, detail: nil, duration: .milliseconds(7))
    }

    func fault(inWebhookURL url: String) -> String? {
        url.contains("internal") ? "it leads to 127.0.0.1, a loopback address" : nil
    }
}
