// Made by .ci/embed-api-spec from api-spec/agent.yaml: change that, and run it.
// swift-format-ignore-file

/// The agent's API document.
enum AgentDocument {
    static let yaml = Array(text.utf8)

    private static let text = ##"""
        openapi: 3.1.0
        info:
          title: Precache agent
          version: 0.1.0
          summary: Fetches, verifies and keeps VM base images on one compute host.
          description: |
            `precache-agent` takes tasks from `precached`. Callers show a bearer token (setting `token`) or, where mutual TLS
            is on, a certificate that names the service. Errors are RFC 9457 (`application/problem+json`) with a stable `code`.
          license:
            name: Apache-2.0
            identifier: Apache-2.0
        servers:
          - url: http://127.0.0.1:7701
        security:
          - token: []
        tags:
          - name: tasks
            description: Work that the service asks for.
          - name: cache
            description: What this host holds.
          - name: operation
            description: Health, metrics and this document.
        paths:
          /v1/tasks:
            get:
              tags: [tasks]
              operationId: listTasks
              summary: List the tasks that run or ended lately
              responses:
                "200":
                  description: All of them.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [tasks]
                        additionalProperties: false
                        properties:
                          tasks: { type: array, items: { $ref: "#/components/schemas/Task" } }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
          /v1/tasks/{task}:
            parameters:
              - name: task
                in: path
                required: true
                description: The task's id, chosen by the service.
                schema: { type: string, pattern: "^[a-zA-Z0-9._-]{1,128}$" }
                example: 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b.0
            get:
              tags: [tasks]
              operationId: showTask
              summary: Show a task as it stands
              responses:
                "200":
                  description: The task.
                  content:
                    application/json:
                      schema: { type: object, required: [task], additionalProperties: false, properties: { task: { $ref: "#/components/schemas/Task" } } }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
            put:
              tags: [tasks]
              operationId: putTask
              summary: Start a task, or attach to it
              description: |
                The answer is a stream of JSON lines: `accepted`, then `progress` (at most twice a second for an image), an
                `outcome` for each image, a `heartbeat` after 10 s of silence, and `end`. A known task with the same attempt is attached to: what
                it told so far is told again. A higher attempt begins anew what isn't good yet. A caller that goes away
                doesn't stop the task; the task's timeout and DELETE do.
              requestBody:
                required: true
                content:
                  application/json:
                    schema: { $ref: "#/components/schemas/TaskRequest" }
                    example:
                      job_id: 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b
                      attempt: 1
                      timeout_seconds: 1800
                      images:
                        - id: grub-rescue
                          name: null
                          size_bytes: 5081088
                          hash_algorithm: sha256
                          hash: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
                          disk_format: iso
                          allow_unverified: false
                          sources: [{ url: "http://127.0.0.1:8080/grub-rescue.iso", headers: {} }]
              responses:
                "200":
                  description: A stream of lines, each one JSON object (Line).
                  content:
                    application/jsonl:
                      schema: { type: string }
                      example: "{\"type\":\"accepted\",\"task_id\":\"t.0\",\"attempt\":1,\"attached\":false}\n{\"type\":\"end\"}\n"
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "409": { $ref: "#/components/responses/Conflict" }
                "413": { $ref: "#/components/responses/TooLarge" }
                "415": { $ref: "#/components/responses/UnsupportedMediaType" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
            delete:
              tags: [tasks]
              operationId: cancelTask
              summary: Cancel a task
              description: Images that aren't done end `cancelled`; a download that another task wants too goes on.
              responses:
                "204": { description: "Cancelled, or over already." }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
          /v1/images:
            get:
              tags: [cache]
              operationId: listCachedImages
              summary: List what is cached
              responses:
                "200":
                  description: All images that this agent's records know.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [images]
                        additionalProperties: false
                        properties:
                          images: { type: array, items: { $ref: "#/components/schemas/CachedImage" } }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/images/{image}:
            parameters:
              - name: image
                in: path
                required: true
                description: The image's id.
                schema: { $ref: "#/components/schemas/ImageID" }
                example: grub-rescue
            delete:
              tags: [cache]
              operationId: deleteCachedImage
              summary: Remove an image from this host's cache
              description: |
                Age and pins don't matter to whoever asks for this, use does: an image that an instance's disk stands on, that a
                process has open, or of which that can't be told, is a conflict (`image_in_use`, with the users), and so is one
                that a task or nova-compute has in hand at the moment.
              responses:
                "204": { description: Removed. }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "409": { $ref: "#/components/responses/Conflict" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/cache:
            get:
              tags: [cache]
              operationId: showCache
              summary: Show what is cached, who uses it, what may go and what went lately
              description: |
                Found out by looking, at most 10 seconds ago. Files come by name, in pages; `totals` and `removals` are on the
                first page only.
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
                      schema: { type: object, required: [cache], additionalProperties: false, properties: { cache: { $ref: "#/components/schemas/Cache" } } }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
                "503": { $ref: "#/components/responses/Unavailable" }
          /v1/cache/sweep:
            post:
              tags: [cache]
              operationId: sweepCache
              summary: Remove now what may go
              description: What the agent does by itself every `cache.sweep_interval_seconds`.
              parameters:
                - name: dry_run
                  in: query
                  description: Only look and tell.
                  schema: { type: boolean, default: false }
              responses:
                "200":
                  description: What it came to.
                  content:
                    application/json:
                      schema: { type: object, required: [sweep], additionalProperties: false, properties: { sweep: { $ref: "#/components/schemas/Sweep" } } }
                "400": { $ref: "#/components/responses/BadRequest" }
                "401": { $ref: "#/components/responses/Unauthorized" }
                "403": { $ref: "#/components/responses/Forbidden" }
                "404": { $ref: "#/components/responses/NotFound" }
                "429": { $ref: "#/components/responses/TooManyRequests" }
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
              summary: Whether images can be cached
              security: []
              responses:
                "200":
                  description: The cache directory takes files.
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
        components:
          securitySchemes:
            token:
              type: http
              scheme: bearer
              description: The setting `token`. Not asked for where mutual TLS alone decides.
          schemas:
            ImageID: { type: string, minLength: 1, maxLength: 255, pattern: "^[a-zA-Z0-9][a-zA-Z0-9._:@+~-]*$" }
            Time: { type: string, format: date-time }
            Outcome: { type: string, enum: [pending, running, cached, existing, error, unsupported, cancelled] }
            TaskRequest:
              type: object
              required: [job_id, attempt, timeout_seconds, images]
              additionalProperties: false
              properties:
                job_id: { type: string, format: uuid }
                attempt: { type: integer, minimum: 1, maximum: 1000000 }
                timeout_seconds: { type: integer, minimum: 1, maximum: 604800, description: The longest that this attempt may take. }
                keep_seconds:
                  type: [integer, "null"]
                  minimum: 0
                  maximum: 31536000
                  description: >-
                    Pins each image for so long from the moment the host has it, found or fetched: nothing evicts it before.
                    Lengthens a pin that is there, never shortens it.
                images: { type: array, minItems: 1, maxItems: 256, items: { $ref: "#/components/schemas/TaskImage" } }
            TaskImage:
              type: object
              required: [id, sources]
              additionalProperties: false
              properties:
                id: { $ref: "#/components/schemas/ImageID" }
                name: { type: [string, "null"] }
                size_bytes: { type: [integer, "null"], minimum: 0 }
                hash_algorithm: { type: [string, "null"], enum: [md5, sha256, sha512, null] }
                hash: { type: [string, "null"], pattern: "^[0-9a-fA-F]+$", maxLength: 128 }
                disk_format: { type: string, enum: [raw, qcow2, iso, vmdk, vhd, vhdx, vdi, ploop, aki, ari, ami], default: raw }
                allow_unverified: { type: boolean, default: false }
                sources:
                  type: array
                  description: Tried in this order.
                  minItems: 1
                  maxItems: 16
                  items:
                    type: object
                    required: [url]
                    additionalProperties: false
                    properties:
                      url: { type: string, pattern: "^https?://", maxLength: 2048 }
                      headers:
                        type: object
                        description: "Sent to this source only, and never logged."
                        maxProperties: 16
                        additionalProperties: { type: string, maxLength: 8192 }
            Line:
              description: One line of a task's stream. Readers ignore types that they don't know.
              oneOf:
                - type: object
                  required: [type, task_id, attempt, attached]
                  properties:
                    type: { const: accepted }
                    task_id: { type: string }
                    attempt: { type: integer }
                    attached: { type: boolean, description: Whether the task was known. }
                - type: object
                  required: [type, image_id, bytes_done, bytes_total]
                  properties:
                    type: { const: progress }
                    image_id: { $ref: "#/components/schemas/ImageID" }
                    bytes_done: { type: integer }
                    bytes_total: { type: [integer, "null"] }
                - type: object
                  required: [type, image_id, outcome, reason, detail, retryable, retry_after_seconds, bytes_done, bytes_total, source, verified]
                  properties:
                    type: { const: outcome }
                    image_id: { $ref: "#/components/schemas/ImageID" }
                    outcome: { $ref: "#/components/schemas/Outcome" }
                    reason: { type: [string, "null"] }
                    detail: { type: [string, "null"] }
                    retryable: { type: boolean }
                    retry_after_seconds: { type: [integer, "null"] }
                    bytes_done: { type: integer }
                    bytes_total: { type: [integer, "null"] }
                    source: { type: [string, "null"] }
                    verified: { type: boolean }
                - { type: object, required: [type], properties: { type: { const: heartbeat } } }
                - { type: object, required: [type], properties: { type: { const: end } } }
            Task:
              type: object
              required: [id, job_id, attempt, state, images]
              additionalProperties: false
              properties:
                id: { type: string }
                job_id: { type: string, format: uuid }
                attempt: { type: integer, minimum: 1 }
                state: { type: string, enum: [running, finished] }
                images:
                  type: array
                  items:
                    type: object
                    required: [id, outcome, reason, detail, bytes_done, bytes_total]
                    additionalProperties: false
                    properties:
                      id: { $ref: "#/components/schemas/ImageID" }
                      outcome: { $ref: "#/components/schemas/Outcome" }
                      reason: { type: [string, "null"] }
                      detail: { type: [string, "null"] }
                      bytes_done: { type: integer, minimum: 0 }
                      bytes_total: { type: [integer, "null"], minimum: 0 }
            CachedImage:
              type: object
              required: [id, file, size_bytes, hash_algorithm, hash, verified, disk_format, cached_at, last_used_at, pinned_until]
              additionalProperties: false
              properties:
                id: { $ref: "#/components/schemas/ImageID" }
                file: { type: string, description: "Its name in the cache directory: the SHA-1 of the id." }
                size_bytes: { type: integer, minimum: 0 }
                hash_algorithm: { type: [string, "null"], enum: [md5, sha256, sha512, null] }
                hash: { type: [string, "null"] }
                verified: { type: boolean, description: Whether this agent checked the digest itself. }
                disk_format: { type: string }
                cached_at: { $ref: "#/components/schemas/Time" }
                last_used_at: { $ref: "#/components/schemas/Time" }
                pinned_until:
                  description: Until when nothing evicts it; null or past if it isn't pinned.
                  oneOf: [{ $ref: "#/components/schemas/Time" }, { type: "null" }]
            Keep:
              type: string
              description: |
                Why a file stays: an instance's disk stands on it, a process has it open or it has another name (`in_use`); a
                job's keep_seconds (`pinned`); it can't be told who uses it (`usage_unknown`); it is Nova's and left alone
                (`nova_file`); nothing is removed for its age (`removal_off`); it was used too lately (`young`); its times make
                no sense, or the clock was set (`age_unknown`); somebody has it in hand at the moment (`busy`).
              enum: [in_use, pinned, usage_unknown, nova_file, removal_off, young, age_unknown, busy]
            Cache:
              type: object
              required: [directory, instances_directory, space, settings, usage, totals, files, removals, last_sweep, next]
              additionalProperties: false
              properties:
                directory: { type: string }
                instances_directory: { type: [string, "null"], description: "Nova's instances directory; null without a Nova." }
                space:
                  type: object
                  required: [total_bytes, free_bytes]
                  additionalProperties: false
                  properties:
                    total_bytes: { type: integer, minimum: 0 }
                    free_bytes: { type: integer, minimum: 0 }
                settings:
                  type: object
                  description: "Those of the table `cache` that matter here."
                  required: [remove_unused, unused_minimum_age_seconds, resized_minimum_age_seconds, sweep_interval_seconds, nova_files, open_files, max_bytes, scrub_interval_seconds, scrub_rate_bytes_per_second]
                  additionalProperties: false
                  properties:
                    remove_unused: { type: boolean }
                    unused_minimum_age_seconds: { type: integer, minimum: 0 }
                    resized_minimum_age_seconds: { type: integer, minimum: 0 }
                    sweep_interval_seconds: { type: integer, minimum: 0 }
                    nova_files: { type: string, enum: [leave, age] }
                    open_files: { type: string, enum: [check, ignore] }
                    max_bytes: { type: [integer, "null"], minimum: 0 }
                    scrub_interval_seconds: { type: integer, minimum: 0 }
                    scrub_rate_bytes_per_second: { type: integer, minimum: 0 }
                usage:
                  type: object
                  required: [at, problem, processes_problem]
                  additionalProperties: false
                  properties:
                    at: { $ref: "#/components/schemas/Time" }
                    problem: { type: [string, "null"], description: "Disks or folders that can't be read. As long as there are any, nothing is removed." }
                    processes_problem: { type: [string, "null"], description: "Why not all processes that have files open are listed. The kernel is asked about each file before it is removed." }
                totals:
                  type: [object, "null"]
                  required: [files, bytes, disk_bytes, in_use, pinned, damaged, quarantined, unknown]
                  additionalProperties: false
                  properties:
                    files: { type: integer, minimum: 0, description: Files that are recognised. }
                    bytes: { type: integer, minimum: 0 }
                    disk_bytes: { type: integer, minimum: 0, description: What they take on the disk. }
                    in_use: { type: integer, minimum: 0 }
                    pinned: { type: integer, minimum: 0 }
                    damaged: { type: integer, minimum: 0, description: "Found damaged, and still there since they are in use." }
                    quarantined: { type: integer, minimum: 0, description: "Found damaged, and moved to .precache/quarantine." }
                    unknown: { type: integer, minimum: 0, description: "Entries that aren't recognised and are left alone." }
                files: { type: array, maxItems: 1000, items: { $ref: "#/components/schemas/CacheFile" } }
                removals: { type: array, maxItems: 200, description: "The latest, newest first.", items: { $ref: "#/components/schemas/Removal" } }
                last_sweep: { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Sweep" }] }
                next: { type: [string, "null"] }
            CacheFile:
              type: object
              required: [name, kind, image_id, size_bytes, disk_bytes, last_used_at, users, pinned_until, verified, scrub, kept, kept_until]
              additionalProperties: false
              properties:
                name: { type: string }
                kind: { type: string, enum: [image, resized, swap, ephemeral] }
                image_id: { type: [string, "null"], description: "Null for files that Nova made." }
                size_bytes: { type: integer, minimum: 0 }
                disk_bytes: { type: integer, minimum: 0 }
                last_used_at: { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Time" }], description: "Null if its times make no sense." }
                users:
                  type: object
                  required: [disks, disk_names, processes, process_names, other_names]
                  additionalProperties: false
                  properties:
                    disks: { type: integer, minimum: 0, description: "Instances' disks that stand on it." }
                    disk_names: { type: array, maxItems: 8, items: { type: string } }
                    processes: { type: integer, minimum: 0, description: "Processes that have it open, as far as they may be looked into." }
                    process_names: { type: array, maxItems: 8, items: { type: string } }
                    other_names: { type: boolean, description: Whether the file has another name somewhere (a hard link). }
                pinned_until: { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Time" }] }
                verified: { type: boolean }
                scrub:
                  type: object
                  required: [state, at]
                  additionalProperties: false
                  properties:
                    state: { type: string, enum: [right, damaged, never, no_digest] }
                    at: { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Time" }] }
                kept: { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Keep" }], description: Why it stays; null if the next sweep may remove it. }
                kept_until: { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Time" }] }
            Removal:
              type: object
              required: [name, image_id, disk_bytes, reason, last_used_at, at]
              additionalProperties: false
              properties:
                name: { type: string }
                image_id: { type: [string, "null"] }
                disk_bytes: { type: integer, minimum: 0 }
                reason:
                  type: string
                  description: Unused for long enough; to make room for a download; the cache had more than it may have; its bytes were damaged (moved to quarantine); somebody asked for it.
                  enum: [unused, room, limit, damaged, asked]
                last_used_at: { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Time" }] }
                at: { $ref: "#/components/schemas/Time" }
            Sweep:
              type: object
              required: [at, milliseconds, dry_run, failure, files, disk_bytes, unknown, kept, renewed, removed, removed_bytes, candidates, disks, headers_read, header_bytes, problems, problem_examples]
              additionalProperties: false
              properties:
                at: { $ref: "#/components/schemas/Time" }
                milliseconds: { type: integer, minimum: 0 }
                dry_run: { type: boolean }
                failure: { type: [string, "null"], description: What stopped it. }
                files: { type: integer, minimum: 0 }
                disk_bytes: { type: integer, minimum: 0 }
                unknown: { type: integer, minimum: 0 }
                kept: { type: object, description: "Files that stay, by the reason.", additionalProperties: { type: integer, minimum: 0 } }
                renewed: { type: integer, minimum: 0, description: Files whose age starts anew since they are in use or pinned. }
                removed: { type: integer, minimum: 0 }
                removed_bytes: { type: integer, minimum: 0 }
                candidates: { type: array, maxItems: 1000, description: What a dry run would have removed., items: { type: string } }
                disks: { type: integer, minimum: 0, description: "Instances' disks that were looked into." }
                headers_read: { type: integer, minimum: 0 }
                header_bytes: { type: integer, minimum: 0 }
                problems: { type: integer, minimum: 0, description: "Disks and folders that couldn't be looked into; with any, nothing is removed." }
                problem_examples: { type: array, maxItems: 8, items: { type: string } }
            Problem:
              type: object
              description: RFC 9457.
              required: [type, title, status, detail, code]
              additionalProperties: false
              properties:
                type: { type: string, const: about:blank }
                title: { type: string }
                status: { type: integer, minimum: 400, maximum: 599 }
                detail: { type: string }
                code:
                  type: string
                  enum:
                    - bad_request
                    - invalid_input
                    - malformed_json
                    - unauthorized
                    - forbidden
                    - not_found
                    - task_not_found
                    - image_not_found
                    - stale_attempt
                    - task_conflict
                    - image_in_use
                    - method_not_allowed
                    - too_large
                    - unsupported_media_type
                    - too_many_attempts
                    - timeout
                    - uri_too_long
                    - headers_too_large
                    - expectation_failed
                    - not_ready
                    - overloaded
                    - io_error
                    - internal
                errors:
                  type: array
                  items:
                    type: object
                    required: [field, message]
                    additionalProperties: false
                    properties:
                      field: { type: string }
                      message: { type: string }
                request_id: { type: string }
          responses:
            BadRequest:
              description: "The request is not well formed."
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Bad Request
                    status: 400
                    detail: "images[0].sources: at least one source is needed"
                    code: invalid_input
            Unauthorized:
              description: "No token or certificate, or a wrong one."
              headers:
                WWW-Authenticate: { description: The scheme asked for., schema: { type: string, examples: [Bearer] } }
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Unauthorized
                    status: 401
                    detail: "send the token that this agent was given"
                    code: unauthorized
            Forbidden:
              description: "The caller's certificate isn't the service's."
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Forbidden
                    status: 403
                    detail: "the certificate names web-1; this agent takes orders from precached"
                    code: forbidden
            NotFound:
              description: "There is no such thing."
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Not Found
                    status: 404
                    detail: "there is no task 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b.0"
                    code: task_not_found
            Conflict:
              description: "The request contradicts what is there."
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Conflict
                    status: 409
                    detail: "attempt 1 is over; the task is at attempt 2"
                    code: stale_attempt
            TooLarge:
              description: "The body exceeds the limit."
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
              description: "The body is not JSON."
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
              description: "Too many failed attempts from this address."
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
              description: "The agent cannot do that now."
              headers:
                Retry-After: { description: Seconds until another try makes sense., schema: { type: integer, minimum: 0 } }
              content:
                application/problem+json:
                  schema: { $ref: "#/components/schemas/Problem" }
                  example:
                    type: about:blank
                    title: Service Unavailable
                    status: 503
                    detail: "the cache directory is not writable"
                    code: not_ready

        """##
}
