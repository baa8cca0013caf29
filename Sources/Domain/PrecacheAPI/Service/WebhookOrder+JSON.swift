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
        let url = reader.string("url", length: 1...2048, required: true, &problems)
        if let url, let wrong = ImageURL.fault(in: url) {
            problems.add("url", wrong)
        } else if let url, let wrong = fault(url) {
            problems.add("url", "can't be delivered to: \(wrong)")
        }
        var format = WebhookFormat.cloudevents
        if let text = reader.string("format", &problems) {
            format = Self.word(text, "format", &problems) ?? format
        }
        let events = Self.names("events", upTo: EventType.allCases.count, &reader, &problems)
        let wanted = Set(
            events.enumerated().compactMap { index, text in
                Self.word(text, "events[\(index)]", &problems) as EventType?
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

    private static func word<Word: RawRepresentable & CaseIterable>(
        _ text: String,
        _ field: String,
        _ problems: inout InputProblems
    ) -> Word? where Word.RawValue == String {
        if let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
        problems.add(field, "'\(InvalidValue("", text, rule: "").value)' is not one of \(known)")
        return nil
    }
}
