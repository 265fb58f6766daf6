# The gateway with a PostgreSQL of your own (DATABASE_URL), for amd64 and arm64:
#   docker build --tag items-gateway .
#   docker buildx build --platform linux/amd64,linux/arm64 --tag items-gateway .
# With the embedded PostgreSQL, whose data is in /data: --build-arg OMIT=dev

# Nothing that is built depends on the platform, unless the embedded PostgreSQL is asked for.
FROM node:24-bookworm-slim AS build
ARG OMIT="dev --omit=optional"
WORKDIR /app
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma prisma
COPY scripts scripts
COPY src src
COPY pages pages
RUN npm ci --no-audit --no-fund
RUN npm prune --no-audit --no-fund --omit=$OMIT

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/prisma prisma
COPY --from=build /app/pages pages
COPY --from=build /app/dist dist
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
