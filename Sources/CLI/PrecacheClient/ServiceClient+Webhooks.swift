import HTTPTypes

extension ServiceClient {
    /// Webhooks by name: `GET /v1/webhooks`.
    package func webhooks(
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<WebhookView>> {
        try await page(["v1", "webhooks"], query: [], limit: limit, after: after)
    }

    /// A webhook: `GET /v1/webhooks/{name}`.
    package func webhook(_ name: String) async throws(ClientError) -> Reply<WebhookView> {
        try await one(ServiceRequest(.get, ["v1", "webhooks", name]))
    }

    /// Adds a webhook or replaces its settings: `PUT /v1/webhooks/{name}`.
    ///
    /// The answer holds the secret if the service made it.
    package func setWebhook(
        _ name: String,
        _ order: WebhookOrder
    ) async throws(ClientError) -> Reply<WebhookView> {
        try await one(ServiceRequest(.put, ["v1", "webhooks", name], body: try encode(order)))
    }

    /// Removes a webhook: `DELETE /v1/webhooks/{name}`.
    package func deleteWebhook(_ name: String) async throws(ClientError) {
        _ = try await send(ServiceRequest(.delete, ["v1", "webhooks", name]))
    }

    /// Lets a paused webhook go on: `POST /v1/webhooks/{name}/resume`.
    package func resumeWebhook(_ name: String) async throws(ClientError) -> Reply<WebhookView> {
        try await one(ServiceRequest(.post, ["v1", "webhooks", name, "resume"]))
    }

    /// Delivers a test event: `POST /v1/webhooks/{name}/test`.
    package func testWebhook(_ name: String) async throws(ClientError) -> Reply<WebhookTestView> {
        // The service waits for the endpoint for up to two minutes, as its settings say.
        try await one(ServiceRequest(.post, ["v1", "webhooks", name, "test"], patience: .seconds(180)))
    }
}
