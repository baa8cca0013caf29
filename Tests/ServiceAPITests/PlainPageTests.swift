import FoundationEssentials
import HTTPServing
import HTTPTypes
import PrecacheModel
import Testing

@testable import ServiceAPI

/// Jobs for browsers without JavaScript.
@Suite struct PlainPageTests {
    private let service = TestService()

    /// As a browser sends what its user typed.
    private func look(
        _ password: String?,
        name: String = "anyone",
        at target: String = "/ui/jobs.html"
    ) async -> Answer {
        let basic = password.map { Data("\(name):\($0)".utf8).base64EncodedString() }
        return await service.call(
            .get,
            target,
            as: nil,
            headers: basic.map { ["Authorization": "Basic \($0)"] } ?? [:]
        )
    }

    @Test func itAsksForATokenAsAPassword() async {
        for password in [nil, "nobody", ""] {
            let answer = await look(password)
            #expect(answer.status == 401 && answer.header("Content-Type") == "text/html; charset=utf-8")
            let challenges = answer.response.headers[values: .wwwAuthenticate]
            #expect(challenges.last == #"Basic realm="precache", charset="UTF-8""# && challenges.count == 3)
            #expect(answer.text.contains("a token") && !answer.text.contains("<table"))
            #expect(answer.header("Cache-Control") == "no-store")
        }
        #expect(await look("agent").status == 403)
        // Nowhere else: a page from elsewhere could have a browser send what it has learned here.
        let elsewhere = await look("admin", at: "/v1/jobs")
        #expect(elsewhere.status == 401)
        #expect(elsewhere.response.headers[values: .wwwAuthenticate].allSatisfy { !$0.hasPrefix("Basic") })
        let broken = await service.call(
            .get,
            "/ui/jobs.html",
            as: nil,
            headers: ["Authorization": "Basic %%%"]
        )
        #expect(broken.status == 401)
    }

    @Test func jobsAreListedAsTextWhateverTheirNames() async throws {
        var job = Samples.job(images: ["one"])
        job.aggregate = Samples.aggregateName("<img src=x onerror=alert(1)>&\"'")
        job.requestedBy = "<b>me</b>"
        service.jobs.publish(job)
        let list = await look("reader", name: "")
        #expect(list.status == 200 && list.header("Content-Type") == "text/html; charset=utf-8")
        #expect(list.text.contains("<b>&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;</b> ← one</span>"))
        #expect(list.text.contains("&lt;b&gt;me&lt;/b&gt;") && list.text.contains("0 / 2"))
        #expect(!list.text.contains("<script") && !list.text.contains("<img src=x"))
        #expect(list.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
        #expect(
            list.header("X-Content-Type-Options") == "nosniff" && list.header("Cache-Control") == "no-store"
        )
    }

    @Test func itHasPagesAndStates() async throws {
        try await service.furnish()
        for _ in 0..<3 {
            _ = await service.call(.post, "/v1/aggregates/web/images", #"{"cache":[{"id":"one"}]}"#)
        }
        #expect(await look("reader", at: "/ui/jobs.html?state=failed").text.contains("No such job."))
        let queued = await look("reader", at: "/ui/jobs.html?state=queued").text
        #expect(
            queued.contains(#"<b aria-current="page">queued</b>"#)
                && queued.contains(#"<a href="jobs.html?state=running">running</a>"#)
        )
        #expect(queued.split(separator: "<tr>").count == 5, "a head and three jobs")
        #expect(await look("reader", at: "/ui/jobs.html?state=odd").status == 400)
        #expect(await look("reader", at: "/ui/jobs.html?limit=1").status == 400)
    }
}
