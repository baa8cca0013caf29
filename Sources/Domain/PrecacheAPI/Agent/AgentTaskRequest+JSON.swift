import PrecacheModel

extension AgentTaskRequest {
    /// Reads the body of `PUT /v1/tasks/{task_id}`; nil, with what is wrong noted, unless all of it is right.
    package init?(_ body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let job = reader.checked("job_id", required: true, &problems) { text throws(InvalidValue) in
            try JobID(text)
        }
        let attempt = reader.integer("attempt", 1...1_000_000, required: true, &problems)
        let timeout = reader.integer("timeout_seconds", 1...604_800, required: true, &problems)
        let keep = reader.integer("keep_seconds", 0...31_536_000, nullable: true, &problems)
        let items = reader.array("images", count: 1...256, required: true, &problems) ?? []
        let images = items.enumerated().compactMap { index, item in
            AgentTaskImage(item, path: "images[\(index)]", &problems)
        }
        var seen: Set<String> = []
        for (index, image) in images.enumerated() where !seen.insert(image.id).inserted {
            problems.add("images[\(index)].id", "is there before: each image may be listed once")
        }
        reader.finish(&problems)
        guard problems.isEmpty, let job, let attempt, let timeout else { return nil }
        self.init(
            jobID: job.text,
            attempt: Int(attempt),
            timeoutSeconds: Int(timeout),
            keepSeconds: keep.map { Int($0) },
            images: images
        )
    }
}
