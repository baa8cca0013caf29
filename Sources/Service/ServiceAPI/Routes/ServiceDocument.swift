// Made by .ci/embed-api-spec from api-spec/service.yaml: change that, and run it.
// swift-format-ignore-file

/// The service's API document.
enum ServiceDocument {
    static let yaml = Array(text.utf8)

    private static let text = ##"""
        openapi: 3.1.0
        info:
          title: Precache service
          version: 0.1.0
          summary: Caches VM base images on the hosts of an aggregate, and tells what became of each.
          description: |
            `precached` accepts "cache images X on aggregate Y", fans out to an agent on every host, and records for each
            host and image what became of it. All bodies are JSON, all times RFC 3339 in UTC, all errors RFC 9457
            (`application/problem+json`) with a stable `code`.

            Callers authenticate with a bearer token of one of the roles `reader`, `operator` (reader, and jobs), `admin`
            (operator, and inventory) and `agent` (heartbeats only). Where authentication is off (loopback only) no token is asked for.
          license:
            name: Apache-2.0
            identifier: Apache-2.0
        servers:
          - url: http://127.0.0.1:7700
        security:
          - token: []
        tags:
          - name: jobs
            description: Requests to cache images, and what became of them.
          - name: inventory
            description: Hosts, aggregates and the catalogue of images.
          - name: webhooks
            description: Who is told what happens to jobs.
          - name: operation
            description: Health, metrics and this document.
        paths:
          /v1/aggregates/{aggregate}/images:
            parameters:
              - $ref: "#/components/parameters/aggregate"
            post:
              tags: [jobs]
              operationId: cacheImages
              summary: Cache images on every host of an aggregate
              description: |
                Answers as soon as the job is durable. An aggregate without hosts gives a job that has succeeded already,
                with a `note` that says so. Images that the catalogue doesn't have are looked up in Glance, where the service
                belongs to a cloud, by id or by a name that only one image has; the job has their ids. Role: operator.
              parameters:
                - name: Idempotency-Key
                  in: header
                  description: |
                    A key of the caller's choice, honoured for 24 hours: the same key with the same body answers with the
                    same job; with another body it's a conflict.
                  schema: { type: string, minLength: 1, maxLength: 255, pattern: "^[!-~]+$" }
                  example: 5b0f2c1e-nightly
              requestBody:
                required: true
                content:
                  application/json:
                    schema: { $ref: "#/components/schemas/CacheRequest" }
                    example:
                      cache: [{ id: ubuntu-24.04 }, { id: debian-12 }]
                      parallelism: 25%
                      host_timeout_seconds: 1800
                      max_attempts: 3
                      deadline_seconds: 21600
                      keep_seconds: 604800
              responses:
                "202": { $ref: "#/components/responses/AcceptedJob" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "409": { $ref: "#/components/responses/Conflict" }
                "413": { $ref: "#/components/responses/TooLarge" }
                "415": { $ref: "#/components/responses/UnsupportedMediaType" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/jobs:
            get:
              tags: [jobs]
              operationId: listJobs
              summary: List jobs, the newest first
              parameters:
                - name: state
                  in: query
                  description: Only jobs in this state.
                  schema: { $ref: "#/components/schemas/JobState" }
                - name: aggregate
                  in: query
                  description: Only jobs of the aggregate of this name.
                  schema: { type: string, minLength: 1, maxLength: 255 }
                - $ref: "#/components/parameters/limit"
                - $ref: "#/components/parameters/after"
              responses:
                "200":
                  description: One page of jobs.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [jobs, next]
                        additionalProperties: false
                        properties:
                          jobs: { type: array, items: { $ref: "#/components/schemas/Job" } }
                          next: { $ref: "#/components/schemas/Cursor" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/jobs/{job}:
            parameters:
              - $ref: "#/components/parameters/job"
            get:
              tags: [jobs]
              operationId: showJob
              summary: Show a job's status
              parameters:
                - name: wait
                  in: query
                  description: |
                    Seconds to wait for the job's end: the answer comes on the end, or at the latest after that time
                    (with the state as it is then).
                  schema: { type: integer, minimum: 0, maximum: 300, default: 0 }
              responses:
                "200": { $ref: "#/components/responses/Job" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/jobs/{job}/results:
            parameters:
              - $ref: "#/components/parameters/job"
            get:
              tags: [jobs]
              operationId: listResults
              summary: List what became of each image on each host
              parameters:
                - name: host
                  in: query
                  description: Only this host.
                  schema: { $ref: "#/components/schemas/HostName" }
                - name: image
                  in: query
                  description: Only the image of this id.
                  schema: { $ref: "#/components/schemas/ImageID" }
                - name: outcome
                  in: query
                  description: Only results with this outcome.
                  schema: { $ref: "#/components/schemas/Outcome" }
                - $ref: "#/components/parameters/limit"
                - $ref: "#/components/parameters/after"
              responses:
                "200":
                  description: One page of results, in the order of hosts and then images of the job.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [results, next]
                        additionalProperties: false
                        properties:
                          results: { type: array, items: { $ref: "#/components/schemas/Result" } }
                          next: { $ref: "#/components/schemas/Cursor" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/jobs/{job}/events:
            parameters:
              - $ref: "#/components/parameters/job"
            get:
              tags: [jobs]
              operationId: watchJob
              summary: Watch a job's events as they happen
              description: |
                Server-sent events. Every event has an `id`; a client that lost its connection goes on after the event
                that it names in `Last-Event-ID`, and misses none. The stream ends after the job's last event.
              parameters:
                - name: Last-Event-ID
                  in: header
                  description: The id of the last event that the caller has; 0 or absent means from the start.
                  schema: { type: string, pattern: "^[0-9]{1,18}$" }
              responses:
                "200":
                  description: A stream of events; `data` is an Event as JSON.
                  content:
                    text/event-stream:
                      schema: { type: string }
                      example: "id: 42\nevent: outcome\ndata: {\"id\":42,\"type\":\"outcome\",\"host\":\"compute-1\",\"image_id\":\"debian-12\",\"outcome\":\"cached\"}\n\n"
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/jobs/{job}/cancel:
            parameters:
              - $ref: "#/components/parameters/job"
            post:
              tags: [jobs]
              operationId: cancelJob
              summary: Cancel a job
              description: |
                Running downloads are stopped on their hosts; what is done is kept. Cancelling a job that has ended changes
                nothing and answers with it. Role: operator.
              responses:
                "202": { $ref: "#/components/responses/AcceptedJob" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/jobs/{job}/retry:
            parameters:
              - $ref: "#/components/parameters/job"
            post:
              tags: [jobs]
              operationId: retryJob
              summary: Try again what did not end well, as a new job
              description: |
                The new job holds the hosts and images that ended `error`, `skipped` or `cancelled`, and links back with `retry_of`.
                A job that hasn't ended, or of which nothing is left to retry, is a conflict. Role: operator.
              responses:
                "202": { $ref: "#/components/responses/AcceptedJob" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "409": { $ref: "#/components/responses/Conflict" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/hosts:
            get:
              tags: [inventory]
              operationId: listHosts
              summary: List hosts by name
              parameters:
                - $ref: "#/components/parameters/limit"
                - $ref: "#/components/parameters/after"
              responses:
                "200":
                  description: One page of hosts.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [hosts, next]
                        additionalProperties: false
                        properties:
                          hosts: { type: array, items: { $ref: "#/components/schemas/Host" } }
                          next: { $ref: "#/components/schemas/Cursor" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/hosts/{host}:
            parameters:
              - $ref: "#/components/parameters/host"
            get:
              tags: [inventory]
              operationId: showHost
              summary: Show a host
              responses:
                "200": { $ref: "#/components/responses/Host" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            put:
              tags: [inventory]
              operationId: putHost
              summary: Add a host, or replace what is known of it
              description: "A field left out gets its default. Role: admin."
              requestBody:
                required: true
                content:
                  application/json:
                    schema: { $ref: "#/components/schemas/HostSettings" }
                    example: { address: 192.0.2.11, port: 7701, enabled: true, labels: { rack: r1 } }
              responses:
                "200": { $ref: "#/components/responses/Host" }
                "201": { $ref: "#/components/responses/Host" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "413": { $ref: "#/components/responses/TooLarge" }
                "415": { $ref: "#/components/responses/UnsupportedMediaType" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            delete:
              tags: [inventory]
              operationId: deleteHost
              summary: Remove a host, from every aggregate too
              description: "Jobs keep their results. Role: admin."
              responses:
                "204": { description: Removed. }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/hosts/{host}/cache:
            parameters:
              - $ref: "#/components/parameters/host"
            get:
              tags: [inventory]
              operationId: showHostCache
              summary: Show what a host has cached, who uses it, what may go and what went lately
              description: |
                Asked of the host's agent, within 30 seconds; the answer is the agent's (`GET /v1/cache` of the agent's document).
                Files come by name, in pages. Role: reader.
              parameters:
                - name: limit
                  in: query
                  description: At most so many files.
                  schema: { type: integer, minimum: 1, maximum: 1000, default: 1000 }
                - name: after
                  in: query
                  description: "The `next` of the page before."
                  schema: { type: string, pattern: "^[a-z0-9_]{1,128}$" }
              responses:
                "200":
                  description: The cache.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [cache]
                        properties:
                          cache:
                            type: object
                            required: [files, next]
                            properties:
                              files: { type: array, items: { type: object } }
                              next: { type: [string, "null"] }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "502": { $ref: "#/components/responses/BadGateway" }
                "503": { $ref: "#/components/responses/Unavailable" }
                "504": { $ref: "#/components/responses/GatewayTimeout" }
          /v1/hosts/{host}/heartbeat:
            parameters:
              - $ref: "#/components/parameters/host"
            put:
              tags: [inventory]
              operationId: putHeartbeat
              summary: Tell that an agent is alive
              description: |
                A host that once sent a heartbeat is `down` when three intervals pass without one. Role: agent.
              requestBody:
                required: true
                content:
                  application/json:
                    schema: { $ref: "#/components/schemas/Heartbeat" }
                    example:
                      interval_seconds: 30
                      version: 0.1.0
                      started_at: "2026-11-23T10:00:00Z"
                      disk: { total_bytes: 1000000000000, free_bytes: 400000000000 }
                      cache: { images: 1, bytes: 5081088, damaged: 0 }
                      images: [{ id: grub-rescue, size_bytes: 5081088, verified: true }]
                      tasks: 0
              responses:
                "204": { description: Noted. }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "413": { $ref: "#/components/responses/TooLarge" }
                "415": { $ref: "#/components/responses/UnsupportedMediaType" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/aggregates:
            get:
              tags: [inventory]
              operationId: listAggregates
              summary: List aggregates by name
              parameters:
                - $ref: "#/components/parameters/limit"
                - $ref: "#/components/parameters/after"
              responses:
                "200":
                  description: One page of aggregates.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [aggregates, next]
                        additionalProperties: false
                        properties:
                          aggregates: { type: array, items: { $ref: "#/components/schemas/Aggregate" } }
                          next: { $ref: "#/components/schemas/Cursor" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/aggregates/{aggregate}:
            parameters:
              - $ref: "#/components/parameters/aggregate"
            get:
              tags: [inventory]
              operationId: showAggregate
              summary: Show an aggregate and its hosts
              responses:
                "200": { $ref: "#/components/responses/Aggregate" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            put:
              tags: [inventory]
              operationId: putAggregate
              summary: Add an aggregate, or replace its zone and metadata
              description: "Its hosts stay as they are. Role: admin."
              requestBody:
                required: true
                content:
                  application/json:
                    schema: { $ref: "#/components/schemas/AggregateSettings" }
                    example: { availability_zone: az1, metadata: { purpose: web } }
              responses:
                "200": { $ref: "#/components/responses/Aggregate" }
                "201": { $ref: "#/components/responses/Aggregate" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "413": { $ref: "#/components/responses/TooLarge" }
                "415": { $ref: "#/components/responses/UnsupportedMediaType" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            delete:
              tags: [inventory]
              operationId: deleteAggregate
              summary: Remove an aggregate
              description: "Its hosts and its jobs stay. Role: admin."
              responses:
                "204": { description: Removed. }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/aggregates/{aggregate}/hosts/{host}:
            parameters:
              - $ref: "#/components/parameters/aggregate"
              - $ref: "#/components/parameters/host"
            put:
              tags: [inventory]
              operationId: addHostToAggregate
              summary: Put a host into an aggregate
              description: "Doing it twice changes nothing. Role: admin."
              responses:
                "200": { $ref: "#/components/responses/Aggregate" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            delete:
              tags: [inventory]
              operationId: removeHostFromAggregate
              summary: Take a host out of an aggregate
              description: "Role: admin."
              responses:
                "200": { $ref: "#/components/responses/Aggregate" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/images:
            get:
              tags: [inventory]
              operationId: listImages
              summary: List the catalogue of images by id
              parameters:
                - $ref: "#/components/parameters/limit"
                - $ref: "#/components/parameters/after"
              responses:
                "200":
                  description: One page of images.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [images, next]
                        additionalProperties: false
                        properties:
                          images: { type: array, items: { $ref: "#/components/schemas/Image" } }
                          next: { $ref: "#/components/schemas/Cursor" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/images/{image}:
            parameters:
              - $ref: "#/components/parameters/image"
            get:
              tags: [inventory]
              operationId: showImage
              summary: Show an image of the catalogue
              responses:
                "200": { $ref: "#/components/responses/Image" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            put:
              tags: [inventory]
              operationId: putImage
              summary: Add an image to the catalogue, or replace it
              description: |
                Jobs that are under way keep the image as it was when they were accepted. An image without a digest is
                refused unless `allow_unverified` is true. Role: admin.
              requestBody:
                required: true
                content:
                  application/json:
                    schema: { $ref: "#/components/schemas/ImageSettings" }
                    example:
                      name: GRUB rescue disk
                      url: http://127.0.0.1:8080/grub-rescue.iso
                      size_bytes: 5081088
                      hash_algorithm: sha256
                      hash: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
                      disk_format: iso
              responses:
                "200": { $ref: "#/components/responses/Image" }
                "201": { $ref: "#/components/responses/Image" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "413": { $ref: "#/components/responses/TooLarge" }
                "415": { $ref: "#/components/responses/UnsupportedMediaType" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            delete:
              tags: [inventory]
              operationId: deleteImage
              summary: Remove an image from the catalogue
              description: "What hosts have cached stays there. Role: admin."
              responses:
                "204": { description: Removed. }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/webhooks:
            get:
              tags: [webhooks]
              operationId: listWebhooks
              summary: List webhooks by name
              parameters:
                - $ref: "#/components/parameters/limit"
                - $ref: "#/components/parameters/after"
              responses:
                "200":
                  description: One page of webhooks.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [webhooks, next]
                        additionalProperties: false
                        properties:
                          webhooks: { type: array, items: { $ref: "#/components/schemas/Webhook" } }
                          next: { $ref: "#/components/schemas/Cursor" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/webhooks/{webhook}:
            parameters:
              - $ref: "#/components/parameters/webhook"
            get:
              tags: [webhooks]
              operationId: showWebhook
              summary: Show a webhook, and how its deliveries go
              description: Never its secret; the URL's query is shown to admins alone.
              responses:
                "200": { $ref: "#/components/responses/Webhook" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            put:
              tags: [webhooks]
              operationId: putWebhook
              summary: Add a webhook, or replace it
              description: |
                A new webhook hears of what happens from now on. What waits for one that is there still does. URLs that lead to
                loopback, link-local, metadata, multicast or unspecified addresses are refused, here or when the connection is
                made, unless the setting `webhooks.allow_internal` is true. The webhook `settings` is the settings file's and
                can't be changed here (409). There are 32 at most besides it (409). Role: admin.
              requestBody:
                required: true
                content:
                  application/json:
                    schema: { $ref: "#/components/schemas/WebhookSettings" }
                    example:
                      url: https://events.example/precache
                      format: cloudevents
                      events: [accepted, finished]
              responses:
                "200": { $ref: "#/components/responses/Webhook" }
                "201": { $ref: "#/components/responses/Webhook" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "409": { $ref: "#/components/responses/Conflict" }
                "413": { $ref: "#/components/responses/TooLarge" }
                "415": { $ref: "#/components/responses/UnsupportedMediaType" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            delete:
              tags: [webhooks]
              operationId: deleteWebhook
              summary: Remove a webhook
              description: "What waits for it is never delivered. Role: admin."
              responses:
                "204": { description: Removed. }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "409": { $ref: "#/components/responses/Conflict" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/webhooks/{webhook}/resume:
            parameters:
              - $ref: "#/components/parameters/webhook"
            post:
              tags: [webhooks]
              operationId: resumeWebhook
              summary: Let a paused webhook go on
              description: |
                What waits for it is delivered, at once. One that fails without being paused is tried at once; for others
                nothing changes. Role: admin.
              responses:
                "200": { $ref: "#/components/responses/Webhook" }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/webhooks/{webhook}/test:
            parameters:
              - $ref: "#/components/parameters/webhook"
            post:
              tags: [webhooks]
              operationId: testWebhook
              summary: Deliver a test event now
              description: |
                Once, signed, whatever the webhook's state: a CloudEvent of the type `dev.precache.webhook.test`, or an envelope
                with the `event_type` `precache.webhook.test`. Answers when the endpoint has, or its time is over. Role: admin.
              responses:
                "200":
                  description: What the endpoint said.
                  content:
                    application/json:
                      schema: { type: object, required: [test], additionalProperties: false, properties: { test: { $ref: "#/components/schemas/WebhookTest" } } }
                      example: { test: { delivered: false, status: 503, detail: the endpoint answered 503, milliseconds: 12 } }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/inventory:
            put:
              tags: [inventory]
              operationId: applyInventory
              summary: Bring hosts, aggregates and images to a given state, all or nothing
              description: |
                Adds what is missing and updates what differs, in one transaction. What isn't listed is removed only with
                `prune=true`, and only within the lists that the document has. Applying the same twice changes nothing. Role: admin.
              parameters:
                - name: prune
                  in: query
                  description: Remove what isn't listed.
                  schema: { type: boolean, default: false }
                - name: dry_run
                  in: query
                  description: Change nothing; answer with what would change.
                  schema: { type: boolean, default: false }
              requestBody:
                required: true
                content:
                  application/json:
                    schema: { $ref: "#/components/schemas/Inventory" }
                    example:
                      hosts: [{ name: compute-1, address: 192.0.2.11 }]
                      aggregates: [{ name: web, hosts: [compute-1] }]
                      images: []
              responses:
                "200":
                  description: What changed, or would.
                  content:
                    application/json:
                      schema: { $ref: "#/components/schemas/InventoryChanges" }
                      example:
                        dry_run: false
                        changes: [{ action: add, kind: host, name: compute-1, fields: [] }]
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "413": { $ref: "#/components/responses/TooLarge" }
                "415": { $ref: "#/components/responses/UnsupportedMediaType" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /healthz:
            get:
              tags: [operation]
              operationId: health
              summary: Whether the process answers
              security: []
              responses:
                "200":
                  description: It does.
                  content:
                    text/plain:
                      schema: { type: string, const: "ok\n" }
          /readyz:
            get:
              tags: [operation]
              operationId: readiness
              summary: Whether jobs can be accepted and go on
              description: The database takes writes, and the dispatcher is at work.
              security: []
              responses:
                "200":
                  description: Ready.
                  content:
                    text/plain:
                      schema: { type: string, const: "ok\n" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /metrics:
            get:
              tags: [operation]
              operationId: metrics
              summary: Metrics in Prometheus' text format
              responses:
                "200":
                  description: Metrics.
                  content:
                    text/plain:
                      schema: { type: string }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
          /openapi.yaml:
            get:
              tags: [operation]
              operationId: openapi
              summary: This document
              responses:
                "200":
                  description: OpenAPI 3.1.
                  content:
                    application/yaml:
                      schema: { type: object }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
        webhooks:
          delivery:
            post:
              operationId: receiveDelivery
              summary: What precached posts to a webhook's URL
              description: |
                At least once, and in order per job: the next event of a job comes when this one was taken; different jobs go side
                by side. Any 2xx takes it. Everything else is tried again with growing pauses (a second, doubling to ten minutes,
                half of each left to chance) for `webhooks.retry_seconds` after the event; then it is given up and counted. A
                `Retry-After` is honoured for up to an hour. 410 pauses the webhook at once, and so does taking nothing for
                `webhooks.retry_seconds`. Redirects are not followed.

                Check the signature before anything else: it is `v1,` and the base64 of the HMAC-SHA-256 of `webhook-id`, `.`,
                `webhook-timestamp`, `.` and the body's bytes, with the key that is the base64 after the secret's `whsec_`
                (standardwebhooks.com). Refuse timestamps that are more than five minutes away, and take each `webhook-id` once.
              security: []
              parameters:
                - { name: webhook-id, in: header, required: true, description: The same each time that a delivery is tried., schema: { type: string } }
                - { name: webhook-timestamp, in: header, required: true, description: Seconds since 1970., schema: { type: integer } }
                - { name: webhook-signature, in: header, required: true, schema: { type: string, examples: ["v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="] } }
              requestBody:
                required: true
                content:
                  application/cloudevents+json:
                    schema: { $ref: "#/components/schemas/CloudEvent" }
                  application/json:
                    schema: { $ref: "#/components/schemas/NovaNotification" }
              responses:
                "200": { description: Taken. }
                "410": { description: Gone for good; the webhook is paused. }
        components:
          securitySchemes:
            token:
              type: http
              scheme: bearer
              description: |
                A token made by `precached token create`; or, where `auth.mode` has `keystone`, one that Keystone gave, which may
                also come in the field `X-Auth-Token`, as OpenStack's clients send it.
          parameters:
            aggregate:
              name: aggregate
              in: path
              required: true
              description: The aggregate's name, or its integer id. All digits are taken as an id first.
              schema: { type: string, minLength: 1, maxLength: 255 }
              example: web
            host:
              name: host
              in: path
              required: true
              description: The host's name.
              schema: { $ref: "#/components/schemas/HostName" }
              example: compute-1
            image:
              name: image
              in: path
              required: true
              description: The image's id.
              schema: { $ref: "#/components/schemas/ImageID" }
              example: grub-rescue
            job:
              name: job
              in: path
              required: true
              description: The job's id.
              schema: { $ref: "#/components/schemas/JobID" }
              example: 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b
            webhook:
              name: webhook
              in: path
              required: true
              description: The webhook's name.
              schema: { $ref: "#/components/schemas/WebhookName" }
              example: ci
            limit:
              name: limit
              in: query
              description: The most entries of a page.
              schema: { type: integer, minimum: 1, maximum: 1000, default: 100 }
            after:
              name: after
              in: query
              description: The `next` of the page before.
              schema: { type: string, minLength: 1, maxLength: 1024 }
          schemas:
            HostName: { type: string, minLength: 1, maxLength: 255, pattern: "^[a-zA-Z0-9._-]+$" }
            ImageID: { type: string, minLength: 1, maxLength: 255, pattern: "^[a-zA-Z0-9][a-zA-Z0-9._:@+~-]*$" }
            JobID: { type: string, format: uuid, pattern: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$" }
            WebhookName: { type: string, minLength: 1, maxLength: 64, pattern: "^[a-zA-Z0-9][a-zA-Z0-9._-]*$" }
            EventType: { type: string, enum: [accepted, started, outcome, attempt, cancel_requested, finished] }
            Time: { type: string, format: date-time, examples: ["2026-11-23T10:00:00.123456Z"] }
            Cursor:
              type: [string, "null"]
              description: Where the next page begins; null on the last page. Opaque.
            Labels:
              type: object
              description: At most 64 short texts by key.
              maxProperties: 64
              propertyNames: { minLength: 1, maxLength: 255 }
              additionalProperties: { type: string, maxLength: 255 }
            JobState:
              type: string
              enum: [queued, running, succeeded, partial, failed, cancelled]
            Outcome:
              type: string
              enum: [pending, running, cached, existing, error, unsupported, skipped, cancelled]
            Reason:
              type: [string, "null"]
              description: Why the outcome isn't good; null if it is, or isn't known yet.
              enum:
                - host_down
                - host_disabled
                - agent_unreachable
                - agent_timeout
                - agent_unauthorized
                - agent_protocol
                - image_not_found
                - image_not_active
                - source_unreachable
                - source_unauthorized
                - source_throttled
                - source_error
                - size_mismatch
                - checksum_mismatch
                - no_space
                - unsafe_image
                - format_mismatch
                - conversion_failed
                - io_error
                - unsupported_backend
                - deadline_exceeded
                - cancelled
                - internal
                - null
            CacheRequest:
              type: object
              required: [cache]
              additionalProperties: false
              properties:
                cache:
                  type: array
                  description: The images, each once.
                  minItems: 1
                  maxItems: 256
                  items:
                    type: object
                    required: [id]
                    additionalProperties: false
                    properties:
                      id: { $ref: "#/components/schemas/ImageID" }
                parallelism:
                  description: "Hosts at once: a number, or a share of the job's hosts. Default: the service's setting."
                  oneOf:
                    - { type: integer, minimum: 1, maximum: 1000000 }
                    - { type: string, pattern: "^([1-9][0-9]{0,5}|1000000|([1-9][0-9]?|100)%)$" }
                host_timeout_seconds:
                  type: integer
                  minimum: 1
                  maximum: 604800
                  description: The longest that one attempt may take on a host.
                max_attempts:
                  type: integer
                  minimum: 1
                  maximum: 100
                  description: Attempts per host.
                deadline_seconds:
                  type: integer
                  minimum: 1
                  maximum: 2592000
                  description: The longest that the job may take from its acceptance.
                keep_seconds:
                  type: integer
                  minimum: 0
                  maximum: 31536000
                  description: >-
                    How long each host keeps the images from the moment it has them, whatever its cache would evict otherwise; a
                    later job may lengthen that, never shorten it. No promise if left out or 0.
            OutcomeCounts:
              type: object
              description: How many results, one per host and image, have each outcome.
              required: [pending, running, cached, existing, error, unsupported, skipped, cancelled]
              additionalProperties: false
              properties:
                pending: { type: integer, minimum: 0 }
                running: { type: integer, minimum: 0 }
                cached: { type: integer, minimum: 0 }
                existing: { type: integer, minimum: 0 }
                error: { type: integer, minimum: 0 }
                unsupported: { type: integer, minimum: 0 }
                skipped: { type: integer, minimum: 0 }
                cancelled: { type: integer, minimum: 0 }
            Job:
              type: object
              required:
                - id
                - aggregate
                - state
                - images
                - hosts
                - results
                - bytes
                - parallelism
                - host_timeout_seconds
                - max_attempts
                - deadline_seconds
                - keep_seconds
                - retry_of
                - note
                - created_at
                - started_at
                - finished_at
              additionalProperties: false
              properties:
                id: { $ref: "#/components/schemas/JobID" }
                aggregate: { type: string, description: The aggregate's name when the job was accepted. }
                state: { $ref: "#/components/schemas/JobState" }
                images:
                  type: array
                  items:
                    type: object
                    required: [id, name, size_bytes]
                    additionalProperties: false
                    properties:
                      id: { $ref: "#/components/schemas/ImageID" }
                      name: { type: [string, "null"] }
                      size_bytes: { type: [integer, "null"], minimum: 0 }
                hosts:
                  type: object
                  required: [total, done]
                  additionalProperties: false
                  properties:
                    total: { type: integer, minimum: 0 }
                    done: { type: integer, minimum: 0, description: Hosts of which every image has its outcome. }
                results: { $ref: "#/components/schemas/OutcomeCounts" }
                bytes:
                  type: object
                  required: [done, total]
                  additionalProperties: false
                  properties:
                    done: { type: integer, minimum: 0, description: "On the hosts by now, downloads in hand included." }
                    total: { type: integer, minimum: 0, description: "What there is to do, as far as sizes are known." }
                parallelism:
                  oneOf: [{ type: integer, minimum: 1 }, { type: string }]
                host_timeout_seconds: { type: integer, minimum: 1 }
                max_attempts: { type: integer, minimum: 1 }
                deadline_seconds: { type: integer, minimum: 1 }
                keep_seconds: { type: [integer, "null"], minimum: 1, description: How long each host keeps the images once it has them. }
                retry_of:
                  description: The job whose failures this one tries again.
                  oneOf: [{ $ref: "#/components/schemas/JobID" }, { type: "null" }]
                note: { type: [string, "null"], description: What people should know; for example that the aggregate had no hosts. }
                created_at: { $ref: "#/components/schemas/Time" }
                started_at: { oneOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }] }
                finished_at: { oneOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }] }
            Result:
              type: object
              required:
                [host, image_id, outcome, reason, detail, attempts, bytes_done, bytes_total, source, verified, started_at, finished_at]
              additionalProperties: false
              properties:
                host: { $ref: "#/components/schemas/HostName" }
                image_id: { $ref: "#/components/schemas/ImageID" }
                outcome: { $ref: "#/components/schemas/Outcome" }
                reason: { $ref: "#/components/schemas/Reason" }
                detail: { type: [string, "null"], description: For people; no secret in it. }
                attempts: { type: integer, minimum: 0 }
                bytes_done: { type: integer, minimum: 0 }
                bytes_total: { type: [integer, "null"], minimum: 0 }
                source: { type: [string, "null"], description: "Where the bytes came from, without query and user." }
                verified: { type: [boolean, "null"], description: "Whether the agent checked the digest itself; null before the end." }
                started_at: { oneOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }] }
                finished_at: { oneOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }] }
            Event:
              type: object
              required: [id, type, at]
              additionalProperties: false
              properties:
                id: { type: integer, minimum: 1 }
                type: { type: string, enum: [accepted, started, attempt, outcome, cancel_requested, finished] }
                at: { $ref: "#/components/schemas/Time" }
                host: { $ref: "#/components/schemas/HostName" }
                image_id: { $ref: "#/components/schemas/ImageID" }
                outcome: { $ref: "#/components/schemas/Outcome" }
                reason: { $ref: "#/components/schemas/Reason" }
                detail: { type: [string, "null"] }
                attempt: { type: integer, minimum: 1 }
                state: { $ref: "#/components/schemas/JobState" }
            HostSettings:
              type: object
              additionalProperties: false
              properties:
                address: { type: string, minLength: 1, maxLength: 255, description: "Address or DNS name of the agent. Default: the host's name." }
                port: { type: integer, minimum: 1, maximum: 65535, default: 7701 }
                enabled: { type: boolean, default: true, description: A host that isn't is skipped by jobs. }
                disabled_reason: { type: [string, "null"], minLength: 1, maxLength: 255, description: "Why it isn't enabled, for people." }
                labels: { $ref: "#/components/schemas/Labels" }
            Host:
              type: object
              required: [id, name, address, port, enabled, disabled_reason, labels, state, heartbeat, created_at, updated_at]
              additionalProperties: false
              properties:
                id: { type: integer, minimum: 1 }
                name: { $ref: "#/components/schemas/HostName" }
                address: { type: string }
                port: { type: integer, minimum: 1, maximum: 65535 }
                enabled: { type: boolean }
                disabled_reason: { type: [string, "null"] }
                labels: { $ref: "#/components/schemas/Labels" }
                state: { type: string, enum: [up, down, unknown], description: "unknown: it never sent a heartbeat." }
                heartbeat:
                  description: The last heartbeat, null if there was none.
                  oneOf:
                    - type: "null"
                    - type: object
                      required: [at, interval_seconds, version, disk, cache, tasks]
                      additionalProperties: false
                      properties:
                        at: { $ref: "#/components/schemas/Time" }
                        interval_seconds: { type: integer, minimum: 1 }
                        version: { type: string }
                        disk: { $ref: "#/components/schemas/Disk" }
                        cache: { $ref: "#/components/schemas/CacheSummary" }
                        tasks: { type: integer, minimum: 0 }
                created_at: { $ref: "#/components/schemas/Time" }
                updated_at: { $ref: "#/components/schemas/Time" }
            Disk:
              type: object
              description: The file system of the cache.
              required: [total_bytes, free_bytes]
              additionalProperties: false
              properties:
                total_bytes: { type: integer, minimum: 0 }
                free_bytes: { type: integer, minimum: 0 }
            CacheSummary:
              type: object
              required: [images, bytes]
              additionalProperties: false
              properties:
                images: { type: integer, minimum: 0 }
                bytes: { type: integer, minimum: 0 }
                damaged: { type: integer, minimum: 0, maximum: 1000000000, default: 0, description: "Files whose bytes no longer are what they were: those that instances use, and those moved away." }
            Heartbeat:
              type: object
              required: [interval_seconds, version, started_at, disk, cache, images, tasks]
              additionalProperties: false
              properties:
                interval_seconds: { type: integer, minimum: 1, maximum: 3600 }
                version: { type: string, minLength: 1, maxLength: 64 }
                started_at: { $ref: "#/components/schemas/Time" }
                disk: { $ref: "#/components/schemas/Disk" }
                cache: { $ref: "#/components/schemas/CacheSummary" }
                images:
                  type: array
                  maxItems: 1000
                  items:
                    type: object
                    required: [id, size_bytes, verified]
                    additionalProperties: false
                    properties:
                      id: { $ref: "#/components/schemas/ImageID" }
                      size_bytes: { type: integer, minimum: 0 }
                      verified: { type: boolean }
                tasks: { type: integer, minimum: 0, description: Tasks that are running. }
            AggregateSettings:
              type: object
              additionalProperties: false
              properties:
                availability_zone: { type: [string, "null"], minLength: 1, maxLength: 255 }
                metadata: { $ref: "#/components/schemas/Labels" }
            Aggregate:
              type: object
              required: [id, uuid, name, availability_zone, metadata, hosts, created_at, updated_at]
              additionalProperties: false
              properties:
                id: { type: integer, minimum: 1 }
                uuid: { type: string, format: uuid }
                name: { type: string, minLength: 1, maxLength: 255 }
                availability_zone: { type: [string, "null"] }
                metadata: { $ref: "#/components/schemas/Labels" }
                hosts: { type: array, items: { $ref: "#/components/schemas/HostName" } }
                created_at: { $ref: "#/components/schemas/Time" }
                updated_at: { $ref: "#/components/schemas/Time" }
            ImageSettings:
              type: object
              required: [url]
              additionalProperties: false
              properties:
                name: { type: [string, "null"], minLength: 1, maxLength: 255 }
                url: { type: string, minLength: 8, maxLength: 2048, pattern: "^https?://", description: "Without user or password." }
                size_bytes: { type: [integer, "null"], minimum: 0, maximum: 9007199254740991 }
                hash_algorithm: { type: [string, "null"], enum: [md5, sha256, sha512, null] }
                hash: { type: [string, "null"], pattern: "^[0-9a-fA-F]+$", maxLength: 128, description: Hexadecimal digits. }
                disk_format: { $ref: "#/components/schemas/DiskFormat" }
                allow_unverified: { type: boolean, default: false, description: "Cache it though no digest is known, and say so." }
            DiskFormat:
              type: string
              enum: [raw, qcow2, iso, vmdk, vhd, vhdx, vdi, ploop, aki, ari, ami]
              default: raw
            Image:
              type: object
              required: [id, name, url, size_bytes, hash_algorithm, hash, disk_format, allow_unverified, created_at, updated_at]
              additionalProperties: false
              properties:
                id: { $ref: "#/components/schemas/ImageID" }
                name: { type: [string, "null"] }
                url: { type: string }
                size_bytes: { type: [integer, "null"], minimum: 0 }
                hash_algorithm: { type: [string, "null"], enum: [md5, sha256, sha512, null] }
                hash: { type: [string, "null"] }
                disk_format: { $ref: "#/components/schemas/DiskFormat" }
                allow_unverified: { type: boolean }
                created_at: { $ref: "#/components/schemas/Time" }
                updated_at: { $ref: "#/components/schemas/Time" }
            WebhookSettings:
              type: object
              required: [url]
              additionalProperties: false
              properties:
                url: { type: string, minLength: 1, maxLength: 2048, description: "http or https, without user and password." }
                format: { type: string, enum: [cloudevents, nova], default: cloudevents }
                events:
                  type: array
                  maxItems: 6
                  items: { $ref: "#/components/schemas/EventType" }
                  default: []
                  description: |
                    The events that it wants; none for all. With the format `nova`, `accepted` stands for `.start`, `outcome` for
                    `.progress` and `finished` for `.end`.
                aggregates:
                  type: array
                  maxItems: 100
                  items: { type: string, minLength: 1, maxLength: 255 }
                  default: []
                  description: The aggregates whose jobs it wants to hear of; none for all.
                enabled: { type: boolean, default: true, description: What happens while it is false is never delivered. }
                secret:
                  type: string
                  maxLength: 255
                  minLength: 1
                  description: |
                    What deliveries are signed with: `whsec_` and base64 of 24 to 64 bytes. Without it a webhook keeps its secret,
                    and a new one gets a fresh one, which this answer alone shows.
                new_secret: { type: boolean, default: false, description: Make a fresh secret and show it in this answer. }
            Webhook:
              type: object
              required: [name, url, format, events, aggregates, enabled, origin, state, paused_at, paused_reason, failing_since, last_error, last_delivery_at, delivered, dropped, waiting, oldest_waiting_at, created_at, updated_at]
              additionalProperties: false
              properties:
                name: { $ref: "#/components/schemas/WebhookName" }
                url: { type: string, description: Without its query unless an admin asks. }
                format: { type: string, enum: [cloudevents, nova] }
                events: { type: array, items: { $ref: "#/components/schemas/EventType" } }
                aggregates: { type: array, items: { type: string } }
                enabled: { type: boolean }
                origin: { type: string, enum: [api, settings] }
                secret: { type: string, description: Only in the answer to the PUT that made it. }
                state: { type: string, enum: [active, failing, paused, disabled] }
                paused_at: { anyOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }] }
                paused_reason: { type: [string, "null"] }
                failing_since: { anyOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }] }
                last_error: { type: [string, "null"] }
                last_delivery_at: { anyOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }] }
                delivered: { type: integer, minimum: 0, description: Deliveries that were taken. }
                dropped: { type: integer, minimum: 0, description: Events that were given up after `webhooks.retry_seconds`. }
                waiting: { type: integer, minimum: 0, description: Events that are still to be delivered. }
                oldest_waiting_at: { anyOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }] }
                created_at: { $ref: "#/components/schemas/Time" }
                updated_at: { $ref: "#/components/schemas/Time" }
            WebhookTest:
              type: object
              required: [delivered, status, detail, milliseconds]
              additionalProperties: false
              properties:
                delivered: { type: boolean }
                status: { type: [integer, "null"], description: What the endpoint answered. }
                detail: { type: [string, "null"] }
                milliseconds: { type: integer, minimum: 0 }
            CloudEvent:
              type: object
              description: CloudEvents 1.0.
              required: [specversion, id, source, type, subject, time, datacontenttype, data]
              properties:
                specversion: { type: string, const: "1.0" }
                id: { type: string, description: "The job's id, `-` and the event's: the same each time that it is tried." }
                source: { type: string, format: uri-reference, examples: [//control-1/precached] }
                type: { type: string, enum: [dev.precache.job.accepted, dev.precache.job.started, dev.precache.job.outcome, dev.precache.job.attempt, dev.precache.job.cancel_requested, dev.precache.job.finished, dev.precache.webhook.test] }
                subject: { type: string, description: The job's id. }
                time: { $ref: "#/components/schemas/Time" }
                datacontenttype: { type: string, const: application/json }
                data:
                  type: object
                  properties:
                    job_id: { $ref: "#/components/schemas/JobID" }
                    aggregate: { type: string }
                    event: { $ref: "#/components/schemas/Event" }
                    job: { $ref: "#/components/schemas/Job", description: The job as it ended; with `finished` alone. }
            NovaNotification:
              type: object
              description: |
                A versioned notification of Nova in oslo.messaging's envelope: `aggregate.cache_images.start` when the job was
                accepted, `.progress` when the last image of a host has ended, `.end` when the job has. As Nova does, `cached`
                and `existing` count as cached, all else (`error`, `unsupported`, `skipped`, `cancelled`) as failed.
              required: [message_id, publisher_id, event_type, priority, payload, timestamp]
              properties:
                message_id: { type: string, format: uuid, description: The same each time that it is tried. }
                publisher_id: { type: string, examples: ["nova-api:control-1", "nova-conductor:control-1"] }
                event_type: { type: string, enum: [aggregate.cache_images.start, aggregate.cache_images.progress, aggregate.cache_images.end, precache.webhook.test] }
                priority: { type: string, const: INFO }
                payload: { type: object, description: AggregatePayload 1.1 or AggregateCachePayload 1.0. }
                timestamp: { type: string, examples: ["2026-11-23 10:00:00.123456"] }
            Inventory:
              type: object
              description: Each list may be left out; what a left-out list would hold is not touched.
              additionalProperties: false
              properties:
                hosts:
                  type: array
                  items:
                    type: object
                    required: [name]
                    additionalProperties: false
                    properties:
                      name: { $ref: "#/components/schemas/HostName" }
                      address: { type: string, minLength: 1, maxLength: 255 }
                      port: { type: integer, minimum: 1, maximum: 65535 }
                      enabled: { type: boolean }
                      disabled_reason: { type: [string, "null"], minLength: 1, maxLength: 255 }
                      labels: { $ref: "#/components/schemas/Labels" }
                aggregates:
                  type: array
                  items:
                    type: object
                    required: [name]
                    additionalProperties: false
                    properties:
                      name: { type: string, minLength: 1, maxLength: 255 }
                      availability_zone: { type: [string, "null"], minLength: 1, maxLength: 255 }
                      metadata: { $ref: "#/components/schemas/Labels" }
                      hosts: { type: array, items: { $ref: "#/components/schemas/HostName" } }
                images:
                  type: array
                  items:
                    type: object
                    required: [id, url]
                    additionalProperties: false
                    properties:
                      id: { $ref: "#/components/schemas/ImageID" }
                      name: { type: [string, "null"], minLength: 1, maxLength: 255 }
                      url: { type: string, minLength: 8, maxLength: 2048, pattern: "^https?://" }
                      size_bytes: { type: [integer, "null"], minimum: 0, maximum: 9007199254740991 }
                      hash_algorithm: { type: [string, "null"], enum: [md5, sha256, sha512, null] }
                      hash: { type: [string, "null"], pattern: "^[0-9a-fA-F]+$", maxLength: 128 }
                      disk_format: { $ref: "#/components/schemas/DiskFormat" }
                      allow_unverified: { type: boolean }
            InventoryChanges:
              type: object
              required: [dry_run, changes]
              additionalProperties: false
              properties:
                dry_run: { type: boolean }
                changes:
                  type: array
                  items:
                    type: object
                    required: [action, kind, name, fields]
                    additionalProperties: false
                    properties:
                      action: { type: string, enum: [add, update, remove] }
                      kind: { type: string, enum: [host, aggregate, image] }
                      name: { type: string, description: The name; an image's id. }
                      fields: { type: array, items: { type: string }, description: What an update changes. }
            Problem:
              type: object
              description: RFC 9457.
              required: [type, title, status, detail, code]
              additionalProperties: false
              properties:
                type: { type: string, const: about:blank }
                title: { type: string }
                status: { type: integer, minimum: 400, maximum: 599 }
                detail: { type: string, description: What was wrong and what to do. }
                code:
                  type: string
                  description: A stable name of the case.
                  enum:
                    - bad_request
                    - invalid_input
                    - malformed_json
                    - unknown_images
                    - bad_cursor
                    - unauthorized
                    - forbidden
                    - not_found
                    - aggregate_not_found
                    - host_not_found
                    - image_not_found
                    - job_not_found
                    - webhook_not_found
                    - method_not_allowed
                    - conflict
                    - idempotency_conflict
                    - job_not_finished
                    - nothing_to_retry
                    - too_large
                    - unsupported_media_type
                    - too_many_attempts
                    - timeout
                    - uri_too_long
                    - headers_too_large
                    - expectation_failed
                    - agent_unreachable
                    - agent_timeout
                    - agent_unauthorized
                    - agent_protocol
                    - storage_full
                    - storage_unavailable
                    - identity_unavailable
                    - image_service_unavailable
                    - not_ready
                    - overloaded
                    - internal
                errors:
                  type: array
                  description: "Bad input, field by field."
                  items:
                    type: object
                    required: [field, message]
                    additionalProperties: false
                    properties:
                      field: { type: string, examples: ["cache[1].id"] }
                      message: { type: string }
                request_id: { type: string, description: "The request's id in the service's logs." }
          responses:
            Job:
              description: The job.
              content:
                application/json:
                  schema: { type: object, required: [job], additionalProperties: false, properties: { job: { $ref: "#/components/schemas/Job" } } }
                  example: &job
                    job:
                      id: 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b
                      aggregate: web
                      state: running
                      images: [{ id: grub-rescue, name: null, size_bytes: 5081088 }]
                      hosts: { total: 3, done: 1 }
                      results: { pending: 0, running: 2, cached: 1, existing: 0, error: 0, unsupported: 0, skipped: 0, cancelled: 0 }
                      bytes: { done: 7000000, total: 15243264 }
                      parallelism: 32
                      host_timeout_seconds: 1800
                      max_attempts: 3
                      deadline_seconds: 21600
                      keep_seconds: null
                      retry_of: null
                      note: null
                      created_at: "2026-11-23T10:00:00.000000Z"
                      started_at: "2026-11-23T10:00:00.010000Z"
                      finished_at: null
            AcceptedJob:
              description: The job, durable.
              headers:
                Location:
                  description: Where to ask for its status.
                  schema: { type: string, examples: [/v1/jobs/1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b] }
              content:
                application/json:
                  schema: { type: object, required: [job], additionalProperties: false, properties: { job: { $ref: "#/components/schemas/Job" } } }
                  example: *job
            Host:
              description: The host.
              content:
                application/json:
                  schema: { type: object, required: [host], additionalProperties: false, properties: { host: { $ref: "#/components/schemas/Host" } } }
                  example:
                    host:
                      id: 1
                      name: compute-1
                      address: 192.0.2.11
                      port: 7701
                      enabled: true
                      disabled_reason: null
                      labels: { rack: r1 }
                      state: unknown
                      heartbeat: null
                      created_at: "2026-11-23T10:00:00.000000Z"
                      updated_at: "2026-11-23T10:00:00.000000Z"
            Aggregate:
              description: The aggregate.
              content:
                application/json:
                  schema: { type: object, required: [aggregate], additionalProperties: false, properties: { aggregate: { $ref: "#/components/schemas/Aggregate" } } }
                  example:
                    aggregate:
                      id: 1
                      uuid: 7d5f0c0e-64a5-4d0c-8c57-0b5dd86e0a4f
                      name: web
                      availability_zone: az1
                      metadata: {}
                      hosts: [compute-1]
                      created_at: "2026-11-23T10:00:00.000000Z"
                      updated_at: "2026-11-23T10:00:00.000000Z"
            Image:
              description: The image.
              content:
                application/json:
                  schema: { type: object, required: [image], additionalProperties: false, properties: { image: { $ref: "#/components/schemas/Image" } } }
                  example:
                    image:
                      id: grub-rescue
                      name: GRUB rescue disk
                      url: http://127.0.0.1:8080/grub-rescue.iso
                      size_bytes: 5081088
                      hash_algorithm: sha256
                      hash: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
                      disk_format: iso
                      allow_unverified: false
                      created_at: "2026-11-23T10:00:00.000000Z"
                      updated_at: "2026-11-23T10:00:00.000000Z"
            Webhook:
              description: The webhook.
              content:
                application/json:
                  schema: { type: object, required: [webhook], additionalProperties: false, properties: { webhook: { $ref: "#/components/schemas/Webhook" } } }
                  example:
                    webhook:
                      name: ci
                      url: https://events.example/precache
                      format: cloudevents
                      events: [accepted, finished]
                      aggregates: []
                      enabled: true
                      origin: api
                      state: active
                      paused_at: null
                      paused_reason: null
                      failing_since: null
                      last_error: null
                      last_delivery_at: "2026-11-23T10:00:00.000000Z"
                      delivered: 12
                      dropped: 0
                      waiting: 0
                      oldest_waiting_at: null
                      created_at: "2026-11-23T09:00:00.000000Z"
                      updated_at: "2026-11-23T09:00:00.000000Z"
            BadRequest:
              description: The request is not well formed or names what does not exist.
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Bad Request
                    status: 400
                    detail: "1 field is wrong: cache[0].id: the image nope is not in the catalogue"
                    code: invalid_input
                    errors: [{ field: "cache[0].id", message: the image nope is not in the catalogue }]
            Unauthorized:
              description: No token, or one that is unknown or revoked.
              headers:
                WWW-Authenticate: { description: The scheme asked for., schema: { type: string, examples: [Bearer] } }
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Unauthorized
                    status: 401
                    detail: "send a token that this service honours"
                    code: unauthorized
            Forbidden:
              description: The token lacks the role.
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Forbidden
                    status: 403
                    detail: "this needs the role operator; the token ci has reader"
                    code: forbidden
            NotFound:
              description: There is no such thing.
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Not Found
                    status: 404
                    detail: "there is no aggregate wbe"
                    code: aggregate_not_found
            Conflict:
              description: The request contradicts what is there.
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Conflict
                    status: 409
                    detail: "the Idempotency-Key was used with another body"
                    code: idempotency_conflict
            TooLarge:
              description: The body exceeds the limit.
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Content Too Large
                    status: 413
                    detail: "the body exceeds 1048576 bytes"
                    code: too_large
            UnsupportedMediaType:
              description: The body is not JSON.
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Unsupported Media Type
                    status: 415
                    detail: "send the body as application/json"
                    code: unsupported_media_type
            TooManyRequests:
              description: Too many failed attempts from this address.
              headers:
                Retry-After: { description: Seconds until another try makes sense., schema: { type: integer, minimum: 0 } }
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Too Many Requests
                    status: 429
                    detail: "too many wrong tokens from this address; wait 5 s"
                    code: too_many_attempts
            Unavailable:
              description: The service cannot do that now.
              headers:
                Retry-After: { description: Seconds until another try makes sense., schema: { type: integer, minimum: 0 } }
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Service Unavailable
                    status: 503
                    detail: "the database does not take writes now"
                    code: storage_unavailable
            BadGateway:
              description: The host's agent can't be asked.
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Bad Gateway
                    status: 502
                    detail: "The agent cannot be followed: could not connect"
                    code: agent_unreachable
            GatewayTimeout:
              description: The host's agent didn't answer in time.
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Gateway Timeout
                    status: 504
                    detail: "The agent cannot be followed: no answer within 30 s"
                    code: agent_timeout

        """##
}
