/** @file HTTP for the description of the API. */
import { Controller, Get } from '@nestjs/common';
import { openApiDocument, type OpenApiDocument } from './document';

const document = openApiDocument();

@Controller()
export class OpenApiController {
  @Get('openapi.json')
  get(): OpenApiDocument {
    return document;
  }
}
