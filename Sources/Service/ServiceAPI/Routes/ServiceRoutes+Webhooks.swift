import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    func addWebhooks(to router: inout Router) {
        let webhooks = dependencies.webhooks
        on(&router, .get, "/v1/webhooks", .reader) { call in
            let page = try await webhooks.webhooks(try Query(call.request, knows: ["limit", "after"]).page())
            let showsAll = call.caller.may(.admin)
            return Answers.page("webhooks", page) { $0.webhook($1, showsWholeURL: showsAll) }
        }
        on(&router, .get, "/v1/webhooks/{webhook}", .reader) { call in
            let name = try call.webhook()
            guard let webhook = try await webhooks.webhook(name) else {
                throw Problem.missing("webhook", name.text)
            }
            return Answers.one("webhook") { $0.webhook(webhook, showsWholeURL: call.caller.may(.admin)) }
        }
        on(&router, .put, "/v1/webhooks/{webhook}", .admin) { try await putWebhook($0) }
        on(&router, .delete, "/v1/webhooks/{webhook}", .admin) { call in
            let name = try call.webhook()
            try await webhooks.deleteWebhook(name)
            note("webhook deleted", name, call)
            return Answers.nothing()
        }
        on(&router, .post, "/v1/webhooks/{webhook}/resume", .admin) { call in
            let name = try call.webhook()
            let webhook = try await webhooks.resumeWebhook(name)
            note("webhook resumed", name, call)
            return Answers.one("webhook") { $0.webhook(webhook, showsWholeURL: true) }
        }
        on(&router, .post, "/v1/webhooks/{webhook}/test", .admin) { call in
            let test = try await webhooks.testWebhook(try call.webhook())
            return Answers.one("test") { $0.webhookTest(test) }
        }
    }

    private func putWebhook(_ call: Call) async throws -> Response {
        let name = try call.webhook()
        let webhooks = dependencies.webhooks
        let order = try await call.read { body, problems in
            WebhookOrder(name: name, body: body, &problems) { webhooks.fault(inWebhookURL: $0) }
        }
        let put = try await webhooks.putWebhook(order.entry, secret: order.secret)
        note(put.isNew ? "webhook added" : "webhook changed", name, call)
        return Answers.one("webhook", status: put.isNew ? .created : .ok) {
            $0.webhook(put.webhook, showsWholeURL: true, secret: put.madeSecret)
        }
    }

    private func note(_ what: String, _ name: WebhookName, _ call: Call) {
        dependencies.logger.info(
            "\(what)",
            metadata: [
                "request": "\(call.request.id)", "webhook": "\(name)", "caller": "\(call.caller.name ?? "-")",
            ]
        )
    }
}

extension Call {
    /// The webhook that the path names; no query belongs to it.
    fileprivate func webhook() throws(Problem) -> WebhookName {
        let name = try path("webhook") { text throws(InvalidValue) in try WebhookName(text) }
        _ = try Query(request, knows: [])
        return name
    }
}
