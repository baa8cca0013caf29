package import PrecacheModel

/// Webhooks, as the API needs them.
///
/// Errors as with ``InventoryRecords``.
package protocol WebhookRecords: Sendable {
    /// The webhooks in the order of their names.
    ///
    /// Throws `badCursor`.
    func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<WebhookRecord>

    /// One webhook; nil if there is none of this name.
    func webhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord?

    /// Adds the webhook, or makes its entry this one; what waits for it still does.
    ///
    /// Throws `conflict` (subject `webhook`) for the one of the settings, or if there are too many.
    func putWebhook(_ entry: WebhookEntry, secret: WebhookSecretChoice) async throws(StoreError) -> WebhookPut

    /// Removes a webhook; what waits for it is never delivered.
    ///
    /// Throws `notFound`, and `conflict` for the one of the settings.
    func deleteWebhook(_ name: WebhookName) async throws(StoreError)

    /// Lets a webhook go on that was paused, or tries one that fails at once.
    ///
    /// Throws `notFound`.
    func resumeWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord

    /// Delivers a test event now, once, whatever the webhook's state.
    ///
    /// Throws `notFound`.
    func testWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookTest

    /// Why nothing could ever be sent to a URL, in words that don't show its query; nil if it may be tried.
    func fault(inWebhookURL url: String) -> String?
}
