import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    static func addWebhooks(to table: inout RouteTable) {
        table.on(.get, "/v1/webhooks", .reader) { service, call in
            let page = try await service.dependencies.webhooks.webhooks(
                try Query(call.request, knows: ["limit", "after"]).page()
            )
            let showsAll = call.caller.may(.admin)
            return Answers.page("webhooks", page) { $0.webhook($1, showsWholeURL: showsAll) }
        }
        table.on(.get, "/v1/webhooks/{webhook}", .reader) { service, call in
            let name = try call.webhook()
            guard let webhook = try await service.dependencies.webhooks.webhook(name) else {
                throw Problem.missing("webhook", name.text)
            }
            return Answers.one("webhook") { $0.webhook(webhook, showsWholeURL: call.caller.may(.admin)) }
        }
        table.on(.put, "/v1/webhooks/{webhook}", .admin) { try await $0.putWebhook($1) }
        table.on(.delete, "/v1/webhooks/{webhook}", .admin) { service, call in
            let name = try call.webhook()
            try await service.dependencies.webhooks.deleteWebhook(name)
            service.note("webhook deleted", name, call)
            return Answers.nothing()
        }
        table.on(.post, "/v1/webhooks/{webhook}/resume", .admin) { service, call in
            let name = try call.webhook()
            let webhook = try await service.dependencies.webhooks.resumeWebhook(name)
            service.note("webhook resumed", name, call)
            return Answers.one("webhook") { $0.webhook(webhook, showsWholeURL: true) }
        }
        table.on(.post, "/v1/webhooks/{webhook}/test", .admin) { service, call in
            let name = try call.webhook()
            let test = try await service.dependencies.webhooks.testWebhook(name)
            service.note("webhook tested", name, call)
            return Answers.one("test") { $0.webhookTest(test) }
        }
    }

    private func putWebhook(_ call: Call) async throws -> Response {
        let name = try call.webhook()
        let webhooks = dependencies.webhooks
        let order = try await json(call) { body, problems in
            WebhookOrder(name: name, body: body, &problems) { webhooks.fault(inWebhookURL: $0) }
        }
        let put = try await webhooks.putWebhook(order.entry, secret: order.secret)
        // Not the path: many receivers take whoever knows it for theirs.
        note(
            put.isNew ? "webhook added" : "webhook changed",
            name,
            call,
            [
                "target": "\(SourceKey(url: order.entry.url))", "format": "\(order.entry.format.rawValue)",
                "enabled": "\(order.entry.isEnabled)",
            ]
        )
        return Answers.one("webhook", status: put.isNew ? .created : .ok) {
            $0.webhook(put.webhook, showsWholeURL: true, secret: put.madeSecret)
        }
    }

    private func note(
        _ what: String,
        _ name: WebhookName,
        _ call: Call,
        _ more: Logger.Metadata = [:]
    ) {
        tell(what, call, (["webhook": "\(name)"] as Logger.Metadata).merging(more) { $1 })
    }
}

extension Call {
    /// The webhook that the path names; no query belongs to it.
    fileprivate func webhook() throws(Problem) -> WebhookName {
        let name = try path("webhook") { text throws(InvalidValue) in try WebhookName(text) }
        try refuseQuery()
        return name
    }
}
