import HTTPTypes

extension ServiceClient {
    /// How warm an aggregate is: `GET /v1/aggregates/{name or id}/coverage`.
    ///
    /// - Parameters:
    ///   - aggregate: The aggregate's name or number.
    ///   - images: The images' identifiers; none for all that a host has or a policy wants there.
    ///   - share: What each image's fraction is to be at least.
    ///   - wait: Answer when that is so, or at the latest after so many seconds, 1 to 60; needs a share.
    /// - Returns: The coverage as it is then.
    /// - Throws: ``ClientError``; of kind `notFound` where there is no such aggregate.
    package func coverage(
        of aggregate: String,
        images: [String],
        atLeast share: Double? = nil,
        wait: Int? = nil
    ) async throws(ClientError) -> Reply<CoverageView> {
        let limits = QueryItem.present([
            ("at_least", share.map { "\($0)" }), ("wait", wait.map(String.init)),
        ])
        let answer = try await send(
            ServiceRequest(
                .get,
                ["v1", "aggregates", aggregate, "coverage"],
                query: images.map { QueryItem("image", $0) } + limits,
                patience: .seconds(60 + (wait ?? 0))
            )
        )
        return Reply(value: try decode(CoverageView.self, answer), body: answer)
    }

    /// How each host of an aggregate stands to an image: `GET /v1/aggregates/{name or id}/coverage/{image}/hosts`.
    ///
    /// - Parameters:
    ///   - aggregate: The aggregate's name or number.
    ///   - image: The image's identifier; each item of the answer gets it.
    ///   - state: Only hosts of this kind.
    ///   - limit: The most hosts.
    ///   - after: The cursor of the part before.
    /// - Returns: A part of the hosts.
    /// - Throws: ``ClientError``; of kind `notFound` where there is no such aggregate.
    package func coverageHosts(
        of aggregate: String,
        image: String,
        state: String?,
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<CoverageHostView>> {
        let reply: Reply<Listing<CoverageHostView>> = try await page(
            ["v1", "aggregates", aggregate, "coverage", image, "hosts"],
            query: [("state", state)],
            limit: limit,
            after: after
        )
        let items = reply.value.items.map { item in
            var item = item
            item.imageID = image
            return item
        }
        return Reply(value: Listing(items: items, next: reply.value.next), body: reply.body)
    }

    /// How much of an aggregate had an image, newest first: `GET /v1/aggregates/{name or id}/coverage/{image}/history`.
    package func coverageHistory(
        of aggregate: String,
        image: String,
        since: String?,
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<CoverageMomentView>> {
        try await page(
            ["v1", "aggregates", aggregate, "coverage", image, "history"],
            query: [("since", since)],
            limit: limit,
            after: after
        )
    }
}
