import Digesting
import Outbox
import PrecacheModel
import ServiceAPI
import Store

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
        await courier.resume(webhook.id)
        return webhook
    }

    func testWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookTest {
        try await courier.test(name)
    }

    func fault(inWebhookURL url: String) -> String? { courier.fault(in: url) }
}
