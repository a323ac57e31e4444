/** @file HTTP for what a search found: ranked candidates, the mission query, models. */
import { Controller, Get, Inject, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { BestQuery, type BestView, type CandidateDetail } from '@sextant/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isCurrent } from '../http/etag';
import { candidateId, searchId } from '../http/parameters';
import { valid } from '../http/validate';
import { CandidateQuery, CandidatesService } from './candidates.service';

@Controller('v1/searches/:id')
export class CandidatesController {
  constructor(@Inject(CandidatesService) private readonly candidates: CandidatesService) {}

  @Get('candidates')
  async list(
    @Param('id', searchId) id: string,
    @Query(valid(CandidateQuery, 'the query')) query: CandidateQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { etag, body } = await this.candidates.list(id, query);
    await reply.header('etag', etag).type('application/json').send(body);
  }

  /** 200 also where nothing fits: that is an answer. */
  @Get('best')
  best(
    @Param('id', searchId) id: string,
    @Query(valid(BestQuery, 'the query')) query: BestQuery,
  ): Promise<BestView> {
    return this.candidates.best(id, query);
  }

  @Get('candidates/:candidateId')
  get(
    @Param('id', searchId) id: string,
    @Param('candidateId', candidateId) candidate: string,
  ): Promise<CandidateDetail> {
    return this.candidates.get(id, candidate);
  }

  /** The tag is the file's checksum, so a caller that has it is answered without reading it. */
  @Get('candidates/:candidateId/model.onnx')
  async model(
    @Param('id', searchId) id: string,
    @Param('candidateId', candidateId) candidate: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const sha256 = await this.candidates.modelSha256(id, candidate);
    const etag = `"${sha256}"`;
    reply.header('etag', etag).header('cache-control', 'no-cache');
    if (isCurrent(request.headers['if-none-match'], etag)) {
      reply.code(304);
      return undefined;
    }
    const bytes = await this.candidates.modelBytes(sha256);
    return new StreamableFile(bytes, {
      type: 'application/octet-stream',
      disposition: `attachment; filename="${candidate}.onnx"`,
      length: bytes.byteLength,
    });
  }
}
