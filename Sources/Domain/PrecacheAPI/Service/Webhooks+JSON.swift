package import PrecacheModel

/// What `PUT /v1/webhooks/{name}` takes.
package struct WebhookOrder: Hashable, Sendable {
    /// The webhook.
    package let entry: WebhookEntry
    /// What to sign with.
    package let secret: WebhookSecretChoice

    /// Reads a body; nil, with what is wrong noted, unless all of it is right.
    ///
    /// - Parameters:
    ///   - name: The webhook's name.
    ///   - body: The body.
    ///   - problems: What is wrong.
    ///   - fault: What else is wrong with a URL, if anything.
    package init?(
        name: WebhookName,
        body: JSONValue,
        _ problems: inout InputProblems,
        fault: (String) -> String?
    ) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let url = reader.string("url", length: 1...8192, required: true, &problems)
        if let url, let wrong = ImageURL.fault(in: url) {
            problems.add("url", wrong)
        } else if let url, let wrong = fault(url) {
            problems.add("url", "can't be delivered to: \(wrong)")
        }
        let format: WebhookFormat = reader.word("format", &problems) ?? .cloudevents
        let events = Self.names("events", upTo: EventType.allCases.count, &reader, &problems)
        let wanted = Set(
            events.enumerated().compactMap { index, text in
                InputCheck.word(text, field: "events[\(index)]", &problems) as EventType?
            }
        )
        let aggregates = Self.names("aggregates", upTo: 100, &reader, &problems).enumerated().compactMap {
            index,
            text in
            InputCheck.value(text, field: "aggregates[\(index)]", &problems) { text throws(InvalidValue) in
                try AggregateName(text)
            }
        }
        let isEnabled = reader.boolean("enabled", &problems) ?? true
        secret = Self.secret(&reader, &problems)
        reader.finish(&problems)
        guard problems.isEmpty, let url else { return nil }
        entry = WebhookEntry(
            name: name,
            url: url,
            format: format,
            events: EventType.allCases.filter(wanted.contains),
            aggregates: Set(aggregates).sorted(),
            isEnabled: isEnabled
        )
    }

    private static func secret(
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> WebhookSecretChoice {
        let text = reader.string("secret", length: 1...255, &problems)
        let isFresh = reader.boolean("new_secret", &problems) ?? false
        guard let text else { return isFresh ? .fresh : .keep }
        if isFresh { problems.add("new_secret", "must not be true beside a secret: one of them is to hold") }
        let secret = InputCheck.value(text, field: "secret", &problems) { text throws(InvalidValue) in
            try WebhookSecret(text)
        }
        return secret.map(WebhookSecretChoice.given) ?? .keep
    }

    private static func names(
        _ member: String,
        upTo limit: Int,
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> [String] {
        let values = reader.array(member, count: 0...limit, &problems) ?? []
        return values.enumerated().compactMap { index, value in
            if case .string(let text) = value { return text }
            problems.add("\(member)[\(index)]", "must be a string, not \(value.kind)")
            return nil
        }
    }
}

/// Webhooks in the shape of the service's API document.
extension JSONWriter {
    /// Writes a webhook.
    ///
    /// - Parameters:
    ///   - webhook: The webhook.
    ///   - showsWholeURL: Whether the URL's query, which may hold a secret, is shown.
    ///   - secret: The secret, in the one answer that shows it.
    package mutating func webhook(
        _ webhook: WebhookRecord,
        showsWholeURL: Bool,
        secret: WebhookSecret? = nil
    ) {
        let (entry, health) = (webhook.entry, webhook.health)
        object { json in
            json.member("name", entry.name.text)
            json.member("url", showsWholeURL ? entry.url : SourceURL.shown(entry.url))
            json.member("format", entry.format.rawValue)
            json.array("events", entry.events) { json, event in json.string(event.rawValue) }
            json.array("aggregates", entry.aggregates) { json, aggregate in json.string(aggregate.text) }
            json.member("enabled", entry.isEnabled)
            json.member("origin", webhook.isFromSettings ? "settings" : "api")
            if let secret { json.member("secret", secret.text) }
            json.member("state", webhook.state)
            json.member("paused_at", health.pausedAt)
            json.member("paused_reason", health.pausedReason)
            json.member("failing_since", health.failingSince)
            json.member("last_error", health.lastError)
            json.member("last_delivery_at", health.lastDeliveryAt)
            json.member("delivered", webhook.delivered)
            json.member("dropped", webhook.dropped)
            json.member("waiting", webhook.waiting)
            json.member("oldest_waiting_at", webhook.oldestWaitingAt)
            json.member("created_at", webhook.createdAt)
            json.member("updated_at", webhook.updatedAt)
        }
    }

    /// Writes what a test delivery brought.
    package mutating func webhookTest(_ test: WebhookTest) {
        object { json in
            json.member("delivered", test.isDelivered)
            json.member("status", test.status.map(Int64.init))
            json.member("detail", test.detail)
            json.member("milliseconds", Int(test.duration / .milliseconds(1)))
        }
    }
}
